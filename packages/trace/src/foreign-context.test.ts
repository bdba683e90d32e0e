import { setTimeout as wait } from 'node:timers/promises';
import { context, propagation, ROOT_CONTEXT, type SpanContext, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fromContext, log, setup as setupLog, withContext } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { activeOperation } from './active-operation.ts';
import { ObjectCarrier } from './carrier.ts';
import { correlationId, withCorrelationId } from './correlation.ts';
import { inbound, outbound } from './inbound.ts';
import { defineTransport, type Operation } from './operation.ts';
import { setup } from './setup.ts';

// A file of its own: what registers first in a process, and here that is not patron, can't be unregistered.
const manager = new AsyncLocalStorageContextManager().enable();
const memory = memoryLog();

const LOCAL: SpanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED };
const LOCAL_PARENT = `00-${LOCAL.traceId}-${LOCAL.spanId}-01`;
const OTHER_PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

let operation: Operation;
let call: Operation;

beforeAll(() => {
  expect(context.setGlobalContextManager(manager)).toBe(true);
  setupLog(memory);
  const transport = defineTransport({
    kind: 'server',
    duration: { name: 'foreign_duration_seconds', help: 'For this test.' },
    labels: ['route'],
    statusLabel: 'status',
  });
  operation = transport.operation({ name: '/', labels: { route: '/' } });
  call = transport.operation({ name: 'call', labels: { route: 'call' } });
});
beforeEach(() => memory.clear());

/** Runs `fn` as it runs below an auto-instrumentation: a span of the SDK's is active, which has no parent that we know. */
function withLocalSpan<T>(fn: () => T): T {
  return context.with(trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(LOCAL)), fn);
}

function outgoing(): Record<string, string> {
  const headers: Record<string, string> = {};
  outbound(call, new ObjectCarrier(headers), () => undefined);
  return headers;
}

describe('where another context manager was registered first', () => {
  test('the start says so', async () => {
    expect(await setup()).toMatchObject({ context: 'sdk' });
  });

  test('the seam lives in that one: an operation is its active context', async () => {
    await inbound(operation, new ObjectCarrier({ 'x-correlation-id': 'order-1' }), async (active) => {
      await wait(1);
      expect(manager.active()).toBe(active);
      expect([activeOperation() === active, correlationId()]).toEqual([true, 'order-1']);
      setImmediate(() => log.info('later'));
    });
    await wait(1);
    expect(memory.find({ message: 'later', fields: { correlationID: 'order-1' } })).toBeDefined();
    expect([correlationId(), activeOperation()]).toEqual([undefined, undefined]);
  });

  test('answers and errors pass through it unchanged, arguments too', async () => {
    expect(inbound(operation, undefined, (active) => active.run((a: number, b: number) => a + b, 1, 2))).toBe(3);
    const error = new Error('no');
    await expect(inbound(operation, undefined, async () => Promise.reject(error))).rejects.toBe(error);
  });

  test('what patron binds is found inside what the SDK runs, and the other way round', () => {
    const key = Symbol('key');
    withCorrelationId('order-2', () => {
      context.with(context.active().setValue(key, 'sdk'), () => {
        withContext(log.sub({ module: 'orders' }), () => {
          expect([correlationId(), context.active().getValue(key)]).toEqual(['order-2', 'sdk']);
          fromContext().info('inside');
        });
      });
    });
    expect(memory.find({ message: 'inside', fields: { module: 'orders' } })).toBeDefined();
  });

  test('a context that the SDK binds keeps the operation', () => {
    const bound = inbound(operation, new ObjectCarrier({ 'x-correlation-id': 'order-3' }), () =>
      context.bind(context.active(), () => correlationId()),
    );
    expect(bound()).toBe('order-3');
  });

  test('1,000 concurrent chains are not mixed', async () => {
    const same = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        inbound(operation, new ObjectCarrier({ 'x-correlation-id': `id-${i}` }), async () => {
          await wait(i % 3);
          return correlationId() === `id-${i}` && outgoing()['x-correlation-id'] === `id-${i}`;
        }),
      ),
    );
    expect(same.filter((one) => !one)).toHaveLength(0);
  });
});

describe('a span that the SDK has made for the same work', () => {
  test('is what outgoing calls and log lines carry', () => {
    withLocalSpan(() => {
      inbound(operation, undefined, () => {
        expect(outgoing()['traceparent']).toBe(LOCAL_PARENT);
        expect(trace.getActiveSpan()?.spanContext()).toEqual(LOCAL);
        log.info('inside');
      });
    });
    expect(memory.find({ message: 'inside' })?.fields).toMatchObject({ trace_id: LOCAL.traceId, span_id: LOCAL.spanId });
  });

  test('is used and not the caller’s, whose child it is', () => {
    const carrier = new ObjectCarrier({ traceparent: `00-${LOCAL.traceId}-00f067aa0ba902b7-01`, tracestate: 'a=1' });
    withLocalSpan(() => inbound(operation, carrier, () => expect(outgoing()['traceparent']).toBe(LOCAL_PARENT)));
  });

  test('is left alone where the carrier tells of another trace', () => {
    withLocalSpan(() => {
      inbound(operation, new ObjectCarrier({ traceparent: OTHER_PARENT }), () => {
        expect(outgoing()['traceparent']).toBe(OTHER_PARENT);
        log.info('inside');
      });
    });
    expect(memory.find({ message: 'inside' })?.fields).toMatchObject({ trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' });
  });

  test('that is made inside an operation is what calls below it carry', () => {
    inbound(operation, new ObjectCarrier({ 'x-correlation-id': 'order-4' }), () => {
      context.with(trace.setSpan(context.active(), trace.wrapSpanContext(LOCAL)), () => {
        expect(outgoing()).toMatchObject({ traceparent: LOCAL_PARENT, 'x-correlation-id': 'order-4' });
        inbound(call, undefined, () => log.info('below the span'));
      });
      inbound(call, undefined, () => log.info('beside it'));
    });
    expect(memory.find({ message: 'below the span' })?.fields).toMatchObject({ trace_id: LOCAL.traceId, correlationID: 'order-4' });
    expect(memory.find({ message: 'beside it' })?.fields).not.toHaveProperty('trace_id');
  });

  test('and the baggage of its context go out together', () => {
    const baggage = propagation.createBaggage({ tenant: { value: 'blue' } });
    context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () => {
      inbound(operation, undefined, () => expect(outgoing()['baggage']).toBe('tenant=blue'));
    });
  });
});
