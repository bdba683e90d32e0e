// Loaded with --import, before Fastify and node:http: the set-up that the READMEs of @opentelemetry/sdk-node and @fastify/otel
// show for a service that is configured by its environment. Sampler, exporter and its endpoint come from OTEL_*.
import FastifyOtelInstrumentation from '@fastify/otel';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';

// Lean: no spans of hooks and of the handler, only the two of the request.
const options = process.env.LEAN ? { instrumentHooks: false, instrumentHandler: false } : {};

new NodeSDK({
  instrumentations: [new HttpInstrumentation(), new FastifyOtelInstrumentation({ registerOnInitialization: true, ...options })],
}).start();
