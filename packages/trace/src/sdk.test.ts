import { context, diag, DiagLogLevel, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import sdkNode from '@opentelemetry/sdk-node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setup as setupLog } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { ObjectCarrier } from './carrier.ts';
import { correlationId, withCorrelationId } from './correlation.ts';
import { inbound } from './inbound.ts';
import { defineTransport, type Operation } from './operation.ts';
import { flushSpans, setup, shutdown } from './setup.ts';
import { holdSdk } from './spans/sdk-provider.ts';
import { withSpan } from './with-span.ts';

// A file of its own: what registers first in a process, and here that is the OpenTelemetry SDK, can't be unregistered.
const exporter = new sdkNode.tracing.InMemorySpanExporter();
const sdk = new sdkNode.NodeSDK({
  resourceDetectors: [],
  logRecordProcessors: [],
  metricReaders: [],
  spanProcessors: [new sdkNode.tracing.BatchSpanProcessor(exporter, { scheduledDelayMillis: 600_000, exportTimeoutMillis: 2900 })],
});
const said: string[] = [];
let server: Operation;

beforeAll(async () => {
  setupLog(memoryLog());
  sdk.start();
  const note = (text: string): void => void said.push(text);
  diag.setLogger({ error: note, warn: note, info: note, debug: note, verbose: note }, DiagLogLevel.WARN);
  expect(await setup({ name: 'shop' })).toMatchObject({ context: 'sdk', spans: 'sdk' });
  const transport = defineTransport({
    kind: 'server',
    duration: { name: 'sdk_duration_seconds', help: 'For this test.' },
    labels: [],
    statusLabel: 'status',
  });
  server = transport.operation({ name: 'GET /orders/:id', labels: {} });
});
beforeEach(() => exporter.reset());
afterAll(() => sdk.shutdown());

test('who listens to OpenTelemetry’s own log hears of no registration that failed', async () => {
  await setup({ name: 'again' });
  expect(said).toEqual([]);
});

describe('the SDK’s propagator', () => {
  test('carries the correlation id beside its own headers', () => {
    const headers: Record<string, string> = {};
    withCorrelationId('order-1', () => withSpan('call', () => propagation.inject(context.active(), headers)));
    expect(headers).toMatchObject({ 'x-correlation-id': 'order-1', traceparent: expect.stringMatching(/^00-.*-01$/) as unknown });
    expect(propagation.fields()).toEqual(expect.arrayContaining(['traceparent', 'x-correlation-id']));
  });

  test('reads it, and nothing that is none', () => {
    const read = (id: string): string | undefined =>
      context.with(propagation.extract(ROOT_CONTEXT, { 'x-correlation-id': id }), () => correlationId());
    expect([read('order-2'), read('a b'), read('x'.repeat(129))]).toEqual(['order-2', undefined, undefined]);
  });

  test('writes nothing twice, however often patron is set up', async () => {
    await setup({ name: 'again' });
    const set: string[] = [];
    withCorrelationId('order-3', () => propagation.inject(context.active(), {}, { set: (_, name) => void set.push(name) }));
    expect(set.filter((name) => name === 'x-correlation-id')).toHaveLength(1);
  });
});

test('flushSpans() waits until the SDK has exported what it has queued', async () => {
  const { export: answer } = exporter;
  exporter.export = (spans, done) => void setTimeout(() => answer.call(exporter, spans, done), 20);
  withSpan('price', () => undefined);
  expect(exporter.getFinishedSpans()).toEqual([]);
  expect(await flushSpans()).toBe(true);
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['price']);
  exporter.export = answer;
});

test('a collector that never answers does not hold a stop beyond its deadline', async () => {
  const { export: answer } = exporter;
  const waiting: (() => void)[] = [];
  exporter.export = (_, done) => void waiting.push(() => done({ code: 0 }));
  withSpan('price', () => undefined);
  const startedAt = performance.now();
  expect(await shutdown(AbortSignal.timeout(50))).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(1500);
  exporter.export = answer;
  for (const done of waiting) done();
});

test('an instrumentation’s span is recorded when the request ends, under the name of the route', async () => {
  const span = trace.getTracer('http').startSpan('GET', { kind: SpanKind.SERVER });
  context.with(trace.setSpan(ROOT_CONTEXT, span), () => inbound(server, new ObjectCarrier({}), () => undefined));
  span.end();
  await flushSpans();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toContain('GET /orders/:id');
});

// The last: the SDK has ended after it.
test('an end of the SDK that is held waits until it is let go', async () => {
  const provider = (trace.getTracerProvider() as unknown as { getDelegate(): { shutdown(): Promise<void> } }).getDelegate();
  const { shutdown: own } = provider;
  const release = holdSdk();
  let ended = false;
  const end = sdk.shutdown().then(() => (ended = true));
  await new Promise(setImmediate);
  withSpan('in flight', () => undefined);
  await flushSpans();
  expect(ended).toBe(false);
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toContain('in flight');
  release();
  await end;
  expect(provider.shutdown).toBe(own);
});
