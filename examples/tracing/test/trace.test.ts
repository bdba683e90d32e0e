import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type Collector, startCollector } from '../../http/src/demo/collector.ts';
import type { Span } from '../../http/src/demo/span.ts';
import { traceProblems } from '../../http/src/demo/trace-problems.ts';
import { type Services, startServices } from './support/services.ts';

jest.setTimeout(60_000);

const OFFER = ['frontend: GET /offers/:item', 'frontend: GET /prices/:item', 'backend: GET /prices/:item', 'backend: look up the price'];

let collector: Collector;
let services: Services | undefined;

beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  await services?.stop();
  services = undefined;
  collector.close();
});

/** Both services, with the variables that the README names. */
async function start(sampler: Record<string, string>): Promise<Services> {
  services = await startServices({
    PATRON_JAEGER_AGENT_HOST: '127.0.0.1',
    PATRON_JAEGER_AGENT_PORT: String(collector.port),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    ...sampler,
  });
  return services;
}

const spansOf = (traceId: string, many: number): Promise<readonly Span[]> => collector.trace(traceId, many, AbortSignal.timeout(10_000));

test('a request through both services is one trace, and one correlation id in both logs', async () => {
  const { frontend, backend } = await start({ PATRON_JAEGER_SAMPLER_PARAM: '1' });
  const answer = await frontend.get('/offers/tea', { 'x-correlation-id': 'offer-1' });
  expect([answer.status, await answer.json()]).toEqual([200, { offer: { item: 'tea', price: 4.5 } }]);
  const [asked] = frontend.linesOf('offer-1');
  const priced = await backend.line('priced', 'tea');
  expect(priced).toMatchObject({ correlationID: 'offer-1', trace_id: asked?.trace_id });
  expect(traceProblems(await spansOf(asked?.trace_id ?? '', OFFER.length), OFFER)).toEqual([]);
});

test('an error in the backend is recorded once, and marks every span that it failed', async () => {
  const { frontend, backend } = await start({ PATRON_JAEGER_SAMPLER_TYPE: 'const', PATRON_JAEGER_SAMPLER_PARAM: '1' });
  const answer = await frontend.get('/offers/broken', {});
  expect(answer.status).toBe(503);
  expect(await answer.text()).not.toContain('torn'); // what went wrong inside is for the log and the trace
  const { trace_id: traceId = '' } = await backend.line('request failed');
  const spans = await spansOf(traceId, OFFER.length);
  expect(traceProblems(spans, OFFER)).toEqual([]);
  expect(spans.filter(({ failed }) => failed)).toHaveLength(OFFER.length);
  expect(spans.flatMap(({ service, errors }) => (service === 'backend' ? errors : []))).toEqual(['Error: the price list is torn']);
});

test('without a share none is recorded, and a trace that the caller has begun goes on', async () => {
  const { frontend } = await start({});
  await frontend.get('/offers/tea', { 'x-correlation-id': 'not-sampled' });
  expect(frontend.linesOf('not-sampled').map(({ trace_id }) => trace_id)).toEqual([undefined]);
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  await frontend.get('/offers/tea', { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  const spans = await spansOf(traceId, OFFER.length);
  expect(traceProblems(spans, OFFER)).toEqual([`the parent of "${OFFER[0]}" did not arrive`]); // it is the caller's
  expect(spans.find(({ service, kind }) => service === 'frontend' && kind === 'server')?.parentId).toBe('00f067aa0ba902b7');
});

test('the metric of its own moves', async () => {
  const { frontend, backend } = await start({});
  await frontend.get('/offers/tea', {});
  await frontend.get('/offers/gold', {});
  expect(await backend.metrics('price_lookups_total')).toEqual([
    'price_lookups_total{outcome="found"} 1',
    'price_lookups_total{outcome="unknown"} 1',
  ]);
});
