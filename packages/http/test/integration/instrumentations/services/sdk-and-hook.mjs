// Auto-instrumentation that sees imported modules too, and not only required ones, as docs/tracing.md tells.
import { register } from 'node:module';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
await import('@opentelemetry/auto-instrumentations-node/register');
