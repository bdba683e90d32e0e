// Instrumentations of OpenTelemetry without its SDK, as docs/tracing.md tells: `node --import ./instrumentations.mjs shop.mjs`.
import { register } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
registerInstrumentations({
  instrumentations: [new PgInstrumentation({ ignoreConnectSpans: true }), new IORedisInstrumentation(), new UndiciInstrumentation()],
});
