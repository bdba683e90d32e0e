import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { log, setup as setupLog } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { type Carrier, ObjectCarrier } from './carrier.ts';
import { inbound, outbound } from './inbound.ts';
import { defineTransport } from './operation.ts';
import { flushSpans, setup, shutdown } from './setup.ts';
import { SUPPRESS_KEY } from './spans/suppress.ts';
import { memorySpans } from './testing.ts';
import { withSpan } from './with-span.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const sampled = { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate: 'a=1,b=2' };

const shared = { labels: ['http.route'], statusLabel: 'http.response.status_code' } as const;
const server = defineTransport({ kind: 'server', duration: { name: 'rec_server_seconds', help: 'For this test.' }, ...shared });
const client = defineTransport({ kind: 'client', duration: { name: 'rec_client_seconds', help: 'For this test.' }, ...shared });
const consumer = defineTransport({ kind: 'consumer', duration: { name: 'rec_consumer_seconds', help: 'For this test.' }, ...shared });
const orders = server.operation({ name: 'GET /orders/:id', labels: { 'http.route': '/orders/:id' } });
const unrouted = server.operation({ name: 'GET', labels: { 'http.route': '' } });
const call = client.operation({ name: 'GET /stock', labels: { 'http.route': '/stock' } });
const consume = consumer.operation({ name: 'process orders', labels: { 'http.route': '' } });

const memory = memoryLog();
const exporter = memorySpans();

beforeAll(async () => {
  setupLog(memory);
  await setup({ name: 'test', exporter, sampler: { type: 'const', param: 1 } });
});
afterAll(() => shutdown());
beforeEach(async () => {
  await flushSpans();
  exporter.clear();
  memory.clear();
});

async function only() {
  await flushSpans();
  expect(exporter.spans).toHaveLength(1);
  return exporter.spans[0] as (typeof exporter.spans)[number];
}

describe('the span of an operation', () => {
  test('is the caller’s child, carries its tracestate, and has the attributes of the operation and its carrier', async () => {
    class Described extends ObjectCarrier implements Carrier {
      attributes() {
        return { 'url.path': '/orders/7' };
      }
    }
    inbound(orders, new Described(sampled), (active) => active.end({ status: 200 }));
    const span = await only();
    expect(span).toMatchObject({
      name: 'GET /orders/:id',
      kind: SpanKind.SERVER,
      parentSpanContext: { traceId: TRACE, spanId: CALLER },
      attributes: { 'http.route': '/orders/:id', 'url.path': '/orders/7', 'http.response.status_code': 200 },
      status: { code: SpanStatusCode.UNSET },
      resource: { attributes: { 'service.name': 'test' } },
      instrumentationScope: { name: '@patron/trace' },
    });
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    expect([traceId, traceFlags, traceState?.serialize()]).toEqual([TRACE, 1, 'a=1,b=2']);
    expect(spanId).not.toBe(CALLER);
  });

  test('begins a trace where nobody else did', async () => {
    inbound(orders, undefined, () => undefined);
    expect((await only()).parentSpanContext).toBeUndefined();
  });

  test('is not made where the caller decided against it, and what goes out says the same', async () => {
    const headers: Record<string, string> = {};
    inbound(orders, new ObjectCarrier({ traceparent: `00-${TRACE}-${CALLER}-00` }), () => {
      outbound(call, new ObjectCarrier(headers), () => withSpan('step', (span) => expect(span.isRecording()).toBe(false)));
    });
    await flushSpans();
    expect(exporter.spans).toEqual([]);
    expect(headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  });

  test('is the parent of calls below it, and what they send is their own span', async () => {
    const headers: Record<string, string> = {};
    await inbound(orders, new ObjectCarrier(sampled), async () => {
      await Promise.resolve();
      outbound(call, new ObjectCarrier(headers), () => undefined);
    });
    await flushSpans();
    const [outer, inner] = [exporter.find('GET /orders/:id'), exporter.find('GET /stock')];
    expect(inner).toMatchObject({ kind: SpanKind.CLIENT, parentSpanContext: { spanId: outer.spanContext().spanId } });
    expect(headers).toMatchObject({ traceparent: `00-${TRACE}-${inner.spanContext().spanId}-01`, tracestate: 'a=1,b=2' });
  });

  test('is what log lines below it carry', async () => {
    inbound(orders, undefined, () => log.info('inside'));
    const { traceId: trace_id, spanId: span_id } = (await only()).spanContext();
    expect(memory.find({ message: 'inside' })?.fields).toMatchObject({ trace_id, span_id });
  });

  test('takes the name of what the operation becomes', async () => {
    inbound(unrouted, undefined, (active) => active.become(orders));
    expect(await only()).toMatchObject({ name: 'GET /orders/:id', attributes: { 'http.route': '/orders/:id' } });
  });

  test('of a batch is linked to the spans of its messages, and has a trace of its own', async () => {
    inbound(consume, [new ObjectCarrier(sampled), new ObjectCarrier({}), new ObjectCarrier(sampled)], () => undefined);
    const span = await only();
    expect(span.links.map(({ context: { spanId } }) => spanId)).toEqual([CALLER, CALLER]);
    expect([span.parentSpanContext, span.spanContext().traceId === TRACE]).toEqual([undefined, false]);
  });

  test('lasts as long as the operation, where that outlives its function', async () => {
    const held = inbound(orders, undefined, (active) => {
      active.hold();
      return active;
    });
    await flushSpans();
    expect(exporter.spans).toEqual([]);
    held.span?.setAttribute('late', true);
    held.end({ status: 200 });
    expect((await only()).attributes).toMatchObject({ late: true });
    expect(held.span).toBeUndefined();
  });
});

describe('an error', () => {
  test('stands in the span it came from once, with its stack; the spans around only say that they failed', async () => {
    const error = Object.assign(new Error('no tea'), { code: 'E_TEA' });
    const failing = inbound(orders, undefined, async () => outbound(call, undefined, async () => Promise.reject(error)));
    await expect(failing).rejects.toBe(error);
    await flushSpans();
    const [outer, inner] = [exporter.find('GET /orders/:id'), exporter.find('GET /stock')];
    expect(inner.events.map(({ attributes }) => attributes?.['exception.message'])).toEqual(['no tea']);
    expect(outer.events).toEqual([]);
    for (const span of [outer, inner]) {
      expect(span).toMatchObject({ attributes: { 'error.type': 'E_TEA' }, status: { code: SpanStatusCode.ERROR, message: 'no tea' } });
    }
  });

  test('that the transport has answered for is recorded with it, and the status says the rest', async () => {
    inbound(orders, undefined, (active) => {
      active.recordError(new TypeError('inside'));
      active.end({ status: 500, error: 500 });
    });
    expect(await only()).toMatchObject({
      events: [{ name: 'exception', attributes: { 'exception.type': 'TypeError' } }],
      attributes: { 'error.type': '500', 'http.response.status_code': 500 },
      status: { code: SpanStatusCode.ERROR },
    });
  });

  test('is none where a 4xx is answered', async () => {
    inbound(orders, undefined, (active) => active.end({ status: 404 }));
    expect(await only()).toMatchObject({ status: { code: SpanStatusCode.UNSET }, attributes: { 'http.response.status_code': 404 } });
  });
});

describe('withSpan', () => {
  test('is a step of the work: a child, with lines and calls of its own', async () => {
    const result = inbound(orders, new ObjectCarrier(sampled), () =>
      withSpan(
        'price',
        (span) => {
          log.info('pricing');
          outbound(call, undefined, () => undefined);
          return span.spanContext().spanId;
        },
        { attributes: { items: 3 } },
      ),
    );
    await flushSpans();
    const [outer, step, inner] = ['GET /orders/:id', 'price', 'GET /stock'].map((name) => exporter.find(name));
    expect(step).toMatchObject({ attributes: { items: 3 }, parentSpanContext: { spanId: outer?.spanContext().spanId } });
    expect(inner?.parentSpanContext?.spanId).toBe(step?.spanContext().spanId);
    expect(result).toBe(step?.spanContext().spanId);
    expect(memory.find({ message: 'pricing' })?.fields).toMatchObject({ trace_id: TRACE, span_id: result });
  });

  test('passes answers and errors through, at once and later, and records them', async () => {
    const error = new RangeError('no');
    expect(withSpan('now', () => 1)).toBe(1);
    await expect(withSpan('later', async () => 2)).resolves.toBe(2);
    expect(() =>
      withSpan('throws', () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(withSpan('rejects', async () => Promise.reject(error))).rejects.toBe(error);
    await flushSpans();
    expect(exporter.find('throws')).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'no' },
      events: [{ name: 'exception' }],
    });
    expect(exporter.find('rejects')).toMatchObject({ status: { code: SpanStatusCode.ERROR }, events: [] }); // the same error
  });
});

describe('@opentelemetry/api', () => {
  const tracer = trace.getTracer('somebody-else', '1.2.3');

  test('knows the operation’s span inside of it', async () => {
    const seen = await inbound(orders, undefined, async () => {
      await Promise.resolve();
      return trace.getActiveSpan();
    });
    expect(seen?.spanContext()).toEqual((await only()).spanContext());
  });

  test('makes spans that join the trace: children of the operation, parents of what is called in them', async () => {
    inbound(orders, new ObjectCarrier(sampled), () => {
      tracer.startActiveSpan('theirs', { kind: SpanKind.CLIENT, attributes: { db: 'x' } }, (span: Span) => {
        withSpan('inside', () => undefined);
        span.end();
      });
    });
    await flushSpans();
    const [outer, theirs, inside] = ['GET /orders/:id', 'theirs', 'inside'].map((name) => exporter.find(name));
    expect(theirs).toMatchObject({
      kind: SpanKind.CLIENT,
      attributes: { db: 'x' },
      instrumentationScope: { name: 'somebody-else', version: '1.2.3' },
      parentSpanContext: { spanId: outer?.spanContext().spanId },
    });
    expect(inside?.parentSpanContext?.spanId).toBe(theirs?.spanContext().spanId);
  });

  test('may begin a trace of its own, with links, at a time of its own', async () => {
    const link = { context: { traceId: TRACE, spanId: CALLER, traceFlags: 1 } };
    inbound(orders, undefined, () => tracer.startSpan('root', { root: true, links: [link], startTime: 1_700_000_000_000 }).end());
    await flushSpans();
    expect(exporter.find('root')).toMatchObject({ parentSpanContext: undefined, startTime: [1_700_000_000, 0], links: [link] });
  });

  test('makes no second span of a call that is patron’s', async () => {
    outbound(call, undefined, () => tracer.startSpan('the same call, seen by an instrumentation').end());
    expect((await only()).name).toBe('GET /stock');
    outbound(call, undefined, () => expect(context.active().getValue(SUPPRESS_KEY)).toBe(true));
  });

  test('passes the trace of an unsampled request on', () => {
    inbound(orders, new ObjectCarrier({ traceparent: `00-${TRACE}-${CALLER}-00` }), () => {
      expect(tracer.startSpan('x').spanContext()).toMatchObject({ traceId: TRACE, traceFlags: 0 });
    });
  });

  test('injects trace, baggage and correlation id into what its instrumentations send', () => {
    const headers: Record<string, string> = {};
    inbound(orders, new ObjectCarrier({ ...sampled, baggage: 'tenant=acme', 'x-correlation-id': 'order-1' }), (active) => {
      propagation.inject(context.active(), headers);
      expect(headers).toEqual({
        traceparent: `00-${TRACE}-${active.spanContext.spanId}-01`,
        tracestate: 'a=1,b=2',
        baggage: 'tenant=acme',
        'x-correlation-id': 'order-1',
      });
    });
  });

  test('extracts them too', () => {
    const extracted = propagation.extract(context.active(), { ...sampled, baggage: 'tenant=acme' });
    expect(trace.getSpanContext(extracted)).toMatchObject({ traceId: TRACE, spanId: CALLER, isRemote: true });
    expect(propagation.getBaggage(extracted)?.getEntry('tenant')?.value).toBe('acme');
  });

  test('a server span that an instrumentation has begun for the same request is used and named, and no second one is made', async () => {
    tracer.startActiveSpan('GET', { kind: SpanKind.SERVER }, (span: Span) => {
      inbound(orders, undefined, (active) => {
        expect(active.spanContext).toEqual(span.spanContext());
        active.end({ status: 500, error: new Error('once') });
      });
      expect(span.isRecording()).toBe(true); // who began it ends it
      span.end();
    });
    expect(await only()).toMatchObject({
      name: 'GET /orders/:id',
      attributes: { 'http.route': '/orders/:id', 'error.type': 'Error' },
      events: [{ name: 'exception' }],
    });
  });

  test('a span of another kind around it is left alone: it is the user’s', async () => {
    withSpan('poll', () => inbound(orders, undefined, () => undefined));
    await flushSpans();
    expect(exporter.spans.map(({ name }) => name).sort()).toEqual(['GET /orders/:id', 'poll']);
    expect(exporter.find('GET /orders/:id').parentSpanContext?.spanId).toBe(exporter.find('poll').spanContext().spanId);
  });
});

describe('after the shutdown', () => {
  test('nothing is recorded, and everything else goes on', async () => {
    await shutdown();
    const headers: Record<string, string> = {};
    inbound(orders, new ObjectCarrier(sampled), () => outbound(call, new ObjectCarrier(headers), () => withSpan('x', () => undefined)));
    expect(headers['traceparent']).toBe(sampled.traceparent); // the caller’s trace passes through
    expect(exporter.spans).toEqual([]);
  });

  test('it can be set up again', async () => {
    await setup({ name: 'again', exporter, sampler: { type: 'const', param: 1 } });
    inbound(orders, undefined, () => undefined);
    expect((await only()).resource.attributes).toMatchObject({ 'service.name': 'again' });
    await shutdown();
    expect(await flushSpans()).toBe(true);
  });
});
