import { setTimeout as wait } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromContext, setup as setupLog } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { type ActiveOperation, activeOperation } from './active-operation.ts';
import { ObjectCarrier } from './carrier.ts';
import { correlationId, withCorrelationId } from './correlation.ts';
import { inbound, outbound } from './inbound.ts';
import { metrics } from './metrics/registry.ts';
import { defineTransport } from './operation.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;

const transport = defineTransport({
  kind: 'consumer',
  duration: { name: 'test_duration_seconds', help: 'For this test.' },
  active: { name: 'test_active', help: 'For this test.', labels: [] },
  labels: ['queue'],
  statusLabel: 'outcome',
});
const operation = transport.operation({ name: 'process q', labels: { queue: 'q' } });
const call = transport.operation({ name: 'send q', labels: { queue: 'out' } });

async function count(queue: string, outcome: string, errorType?: string): Promise<number> {
  const labels = `queue="${queue}",outcome="${outcome}"${errorType === undefined ? '' : `,error_type="${errorType}"`}`;
  const line = (await metrics.scrape()).split('\n').find((text) => text.startsWith(`test_duration_seconds_count{${labels}}`));
  return Number(line?.split(' ')[1] ?? 0);
}

const memory = memoryLog();
beforeAll(() => setupLog(memory));
afterAll(() => memory.clear());

describe('an inbound operation', () => {
  test('takes a valid correlation id and answers it everywhere below, however deep', async () => {
    const seen = await inbound(operation, new ObjectCarrier({ 'X-Correlation-ID': 'order-1' }), async (active) => {
      await wait(1);
      return [active.correlationId, correlationId(), activeOperation() === active];
    });
    expect(seen).toEqual(['order-1', 'order-1', true]);
  });

  test('replaces an invalid correlation id by one new id, the same for every question', () => {
    const ids = inbound(operation, new ObjectCarrier({ 'x-correlation-id': 'a\r\nb' }), (active) => [
      active.correlationId,
      correlationId(),
      active.correlationId,
    ]);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('gives every log line below it the correlation id, and the trace where one was received', () => {
    memory.clear();
    inbound(operation, new ObjectCarrier({ 'x-correlation-id': 'order-2', traceparent: TRACEPARENT }), () => fromContext().info('inside'));
    inbound(operation, new ObjectCarrier({ 'x-correlation-id': 'order-3' }), () => fromContext().info('no trace'));
    fromContext().info('outside');
    expect(memory.lines.map(({ message, fields }) => ({ message, ...fields }))).toEqual([
      { message: 'inside', correlationID: 'order-2', trace_id: TRACE, span_id: SPAN },
      { message: 'no trace', correlationID: 'order-3' },
      { message: 'outside' },
    ]);
  });

  test('passes answers and errors through unchanged and counts each once', async () => {
    const before = { ok: await count('q', 'ok'), failed: await count('q', 'error', 'E_TEST') };
    const error = Object.assign(new Error('no'), { code: 'E_TEST' });
    expect(inbound(operation, undefined, () => 42)).toBe(42);
    await expect(inbound(operation, undefined, async () => 43)).resolves.toBe(43);
    expect(() =>
      inbound(operation, undefined, () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(
      inbound(operation, undefined, async () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(await count('q', 'ok')).toBe(before.ok + 2);
    expect(await count('q', 'error', 'E_TEST')).toBe(before.failed + 2);
  });

  test('that outlives its function is ended by the caller, once', async () => {
    const before = await count('q', 'streamed');
    const held: ActiveOperation[] = [];
    inbound(operation, undefined, (active) => {
      active.hold();
      held.push(active);
    });
    expect(await metrics.scrape()).toContain('test_active 1\n');
    held[0]?.end({ status: 'streamed' });
    held[0]?.end({ status: 'streamed' });
    expect(await count('q', 'streamed')).toBe(before + 1);
    expect(await metrics.scrape()).toContain('test_active 0\n');
  });

  test('that becomes another one counts for that one only', async () => {
    const before = { q: await count('q', 'ok'), out: await count('out', 'ok') };
    inbound(operation, undefined, (active) => active.become(call));
    expect(await count('q', 'ok')).toBe(before.q);
    expect(await count('out', 'ok')).toBe(before.out + 1);
    expect(await metrics.scrape()).toContain('test_active 0\n');
  });

  test('over a batch links every message that has a trace, and has a correlation id of its own', () => {
    const carriers = [
      new ObjectCarrier({ traceparent: TRACEPARENT, 'x-correlation-id': 'one' }),
      new ObjectCarrier({}),
      new ObjectCarrier({ traceparent: 'junk' }),
    ];
    inbound(operation, carriers, (active) => {
      expect(active.links).toEqual([{ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true }]);
      expect(active.remote).toBeUndefined();
      expect(active.correlationId).not.toBe('one');
    });
  });

  test('is seen by the OpenTelemetry API: span context and baggage', () => {
    const headers = { traceparent: TRACEPARENT, tracestate: 'a=1', baggage: 'tenant=blue' };
    inbound(operation, new ObjectCarrier(headers), () => {
      expect(trace.getActiveSpan()?.spanContext()).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: 1 });
      expect(propagation.getActiveBaggage()?.getEntry('tenant')?.value).toBe('blue');
    });
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  test('keeps its context inside what the OpenTelemetry API runs and binds', () => {
    inbound(operation, new ObjectCarrier({ 'x-correlation-id': 'order-4' }), () => {
      const key = Symbol('user key');
      context.with(context.active().setValue(key, 1), () => {
        expect(correlationId()).toBe('order-4');
        expect(context.active().getValue(key)).toBe(1);
      });
      const bound = context.bind(context.active(), () => correlationId());
      expect(withCorrelationId('other', bound)).toBe('order-4');
    });
  });
});

describe('an outbound call', () => {
  function send(incoming: Record<string, string> | undefined): Record<string, string> {
    const headers: Record<string, string> = {};
    const act = (): void => outbound(call, new ObjectCarrier(headers), () => undefined);
    if (incoming === undefined) act();
    else inbound(operation, new ObjectCarrier(incoming), act);
    return headers;
  }

  test('carries on what the work around it received', () => {
    const incoming = { 'x-correlation-id': 'order-5', traceparent: TRACEPARENT, tracestate: 'b=2,a=1', baggage: 'tenant=blue' };
    expect(send(incoming)).toEqual(incoming);
  });

  test('carries no tracestate that breaks the rules and no tracestate without a traceparent', () => {
    expect(send({ traceparent: TRACEPARENT, tracestate: 'A=1' })).not.toHaveProperty('tracestate');
    expect(send({ tracestate: 'a=1' })).not.toHaveProperty('tracestate');
  });

  test('starts one unsampled trace per operation where none was received', () => {
    inbound(operation, undefined, () => {
      const [first, second] = [send(undefined), send(undefined)];
      expect(first['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      expect(second['traceparent']).toBe(first['traceparent']);
      expect(second['x-correlation-id']).toBe(first['x-correlation-id']);
    });
    expect(send(undefined)['traceparent']).not.toBe(send(undefined)['traceparent']);
  });

  test('carries the baggage that the user has set', () => {
    inbound(operation, undefined, () => {
      const baggage = propagation.createBaggage({ who: { value: 'a b' } });
      context.with(propagation.setBaggage(context.active(), baggage), () => expect(send(undefined)['baggage']).toBe('who=a%20b'));
    });
  });
});

test('10,000 concurrent chains mix no correlation id and no trace', async () => {
  const chains = Array.from({ length: 10_000 }, async (_, i) => {
    const traceparent = `00-${(i + 1).toString(16).padStart(32, '0')}-${(i + 1).toString(16).padStart(16, '0')}-01`;
    const outgoing: Record<string, string> = {};
    await inbound(operation, new ObjectCarrier({ 'x-correlation-id': `id-${i}`, traceparent }), async () => {
      await new Promise((resolve) => (i % 2 === 0 ? setImmediate(resolve) : process.nextTick(resolve)));
      await outbound(call, new ObjectCarrier(outgoing), async () => new Promise((resolve) => setImmediate(resolve)));
    });
    return outgoing['x-correlation-id'] === `id-${i}` && outgoing['traceparent'] === traceparent;
  });
  expect((await Promise.all(chains)).filter((same) => !same)).toHaveLength(0);
});
