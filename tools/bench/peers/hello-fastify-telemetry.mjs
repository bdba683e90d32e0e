import fastPromClient from '@platformatic/prom-client';
import Fastify, { LogController } from 'fastify';
import metrics from 'fastify-metrics';
import promClient from 'prom-client';

const schema = { response: { 200: { type: 'object', properties: { hello: { type: 'string' } } } } };

// A logger makes a child for each request. Its two lines per request are off, as patron writes none either.
const app = Fastify({ logger: true, logController: new LogController({ disableRequestLogging: true }) });
// Lean: the client that fastify-metrics recommends when it must be fast, and no summary besides the histogram.
await app.register(
  metrics,
  process.env.LEAN
    ? { endpoint: '/metrics', promClient: fastPromClient, routeMetrics: { enabled: { histogram: true, summary: false } } }
    : { endpoint: '/metrics', promClient },
);
app.get(
  '/hello/:name',
  { schema },
  process.env.LINE
    ? async ({ log, params }) => {
        log.info({ item: params.name }, 'looked up');
        return { hello: params.name };
      }
    : async ({ params }) => ({ hello: params.name }),
);
await app.listen({ port: Number(process.env.PORT), host: '::' });
console.log('listening');
