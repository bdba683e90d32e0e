import { diag, SpanKind, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { log, setup as setupLog } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { ObjectCarrier } from './carrier.ts';
import { inbound, outbound } from './inbound.ts';
import { defineTransport, type Operation } from './operation.ts';
import { setup, shutdown } from './setup.ts';
import { PatronTracerProvider } from './spans/tracer.ts';
import { memorySpans } from './testing.ts';

const memory = memoryLog();
let server: Operation;

beforeAll(() => {
  setupLog(memory);
  const transport = defineTransport({
    kind: 'server',
    duration: { name: 'unsampled_duration_seconds', help: 'For this test.' },
    labels: [],
    statusLabel: 'status',
  });
  server = transport.operation({ name: 'GET /', labels: {} });
});
beforeEach(() => memory.clear());
afterAll(() => shutdown());

/** The `traceparent` of a call from a request that an instrumentation of node:http has seen first, and the instrumentation's ids. */
function request(): { sent: string | undefined; seen: string } {
  return trace.getTracer('http').startActiveSpan('GET', { kind: SpanKind.SERVER }, (span) =>
    inbound(server, new ObjectCarrier({}), () => {
      const headers: Record<string, string> = {};
      outbound(server, new ObjectCarrier(headers), () => log.info('inside'));
      const { traceId, spanId } = span.spanContext();
      return { sent: headers['traceparent'], seen: `00-${traceId}-${spanId}-00` };
    }),
  );
}

test('while nothing records, a span of others that has no ids is no trace: a call gets ids of its own', async () => {
  await setup();
  const { sent } = request();
  expect(sent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/);
  expect(memory.find({ message: 'inside' })?.fields).not.toHaveProperty('trace_id');
});

test('a trace that was not chosen when an instrumentation began it is not chosen later: the sampler is asked once', async () => {
  const exporter = memorySpans();
  await setup({ exporter, sampler: { type: 'const', param: 0 } });
  const { sent, seen } = request();
  expect(sent).toBe(seen);
  expect(memory.find({ message: 'inside' })?.fields).not.toHaveProperty('trace_id');
  await shutdown();
  expect(exporter.spans).toEqual([]);
});

test('an SDK that comes too late is a warning in the log', () => {
  expect(trace.setGlobalTracerProvider(new PatronTracerProvider())).toBe(false);
  expect(memory.find({ level: 'warn', message: /^an OpenTelemetry SDK was started after patron had been set up/ })).toBeDefined();
});

test('what instrumentations warn of is a line in the log', () => {
  diag.createComponentLogger({ namespace: 'pg' }).warn('could not patch', new Error('no such method'));
  diag.debug('of no interest');
  expect(memory.lines.map(({ fields }) => fields)).toMatchObject([{ text: 'pg could not patch no such method' }]);
});
