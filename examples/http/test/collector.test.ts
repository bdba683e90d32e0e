import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { flushSpans, setup, shutdown, withSpan } from '@patron/trace';
import { type Collector, startCollector } from '../src/demo/collector.ts';
import { traceProblems } from '../src/demo/trace-problems.ts';

let collector: Collector;
let url: string;
const given = { ...process.env };

beforeEach(async () => {
  collector = await startCollector();
  url = `http://127.0.0.1:${collector.port}/v1/traces`;
});
afterEach(async () => {
  await shutdown();
  collector.close();
  process.env = { ...given };
});

const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers });

/** The words of OTLP's JSON, as any SDK writes them. */
function batch(...spans: object[]): string {
  const attributes = [
    { key: 'service.name', value: { stringValue: 'shop' } },
    { key: 'process.pid', value: { intValue: 7 } },
  ];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'x' }, spans }] }] });
}

const T0 = 1_700_000_000_000_000_000n;
const span = (traceId: string, spanId: string, more: object = {}): object => ({
  traceId,
  spanId,
  name: `step ${spanId}`,
  kind: 1,
  startTimeUnixNano: String(T0),
  endTimeUnixNano: String(T0 + 2_500_000n),
  ...more,
});

test('what patron exports is read as it was recorded: names, parents, times, the error', async () => {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${collector.port}`;
  process.env['OTEL_EXPORTER_OTLP_PROTOCOL'] = 'http/json';
  await setup({ name: 'shop', sampler: { type: 'const', param: 1 } });
  let traceId = '';
  const startedAt = Date.now();
  expect(() =>
    withSpan('order', (outer) => {
      traceId = outer.spanContext().traceId;
      withSpan('price', () => undefined);
      withSpan('pay', () => {
        throw new TypeError('no money');
      });
    }),
  ).toThrow('no money');
  expect(await flushSpans()).toBe(true);
  const spans = await collector.trace(traceId, 3, AbortSignal.timeout(5000));
  const [order, price, pay] = ['order', 'price', 'pay'].map((name) => spans.find((one) => one.name === name));
  expect(order).toMatchObject({ service: 'shop', kind: 'internal', parentId: undefined, failed: true, errors: [] });
  expect(price).toMatchObject({ parentId: order?.id, failed: false });
  expect(pay).toMatchObject({ parentId: order?.id, failed: true, errors: ['TypeError: no money'] });
  expect(order?.process).toContain(String(process.pid));
  expect(order?.startMs).toBeGreaterThan(startedAt - 1000);
  expect(order?.startMs).toBeLessThan(Date.now() + 1000);
  expect(order?.durationMs).toBeGreaterThanOrEqual(pay?.durationMs ?? Number.NaN);
  expect(traceProblems(spans, ['shop: order', 'shop: pay', 'shop: price'])).toEqual([]);
});

test('a trace is waited for until all of its spans are there, in whichever batch they come', async () => {
  const whole = collector.trace('t1', 2, AbortSignal.timeout(10_000));
  await post(batch(span('t1', 'a'), span('t2', 'x')));
  await post(batch(span('t1', 'b', { parentSpanId: 'a' })));
  expect(await whole).toMatchObject([
    { id: 'a', parentId: undefined, durationMs: 2.5 },
    { id: 'b', parentId: 'a' },
  ]);
});

test('who has waited long enough gets what has come', async () => {
  await post(batch(span('t1', 'a')));
  expect(await collector.trace('t1', 2, AbortSignal.timeout(50))).toHaveLength(1);
  expect(await collector.trace('t1', 2, AbortSignal.abort())).toHaveLength(1);
});

describe('is answered with what is wrong', () => {
  test.each([
    ['no JSON', '{', {}, 400],
    ['no request of OTLP', '{"resourceSpans":7}', {}, 400],
    ['a time that is none', batch(span('t', 's', { startTimeUnixNano: '-1; DROP' })), {}, 400],
    ['protobuf', '\n', { 'content-type': 'application/x-protobuf' }, 415],
    ['too much', `"${'x'.repeat(5_000_000)}"`, {}, 413],
  ])('%s', async (_, body, headers, status) => {
    const answer = await post(body, { 'content-type': 'application/json', ...headers });
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toBe('');
    expect((await post(batch(span('t1', 'a')))).status).toBe(200); // and the next one is taken
  });

  test('another path', async () => {
    expect((await fetch(url.replace('traces', 'metrics'), { method: 'POST', body: '{}' })).status).toBe(404);
  });
});

describe('the demo fails where', () => {
  const read = async (...spans: object[]) => {
    await post(batch(...spans));
    return collector.trace('t1', spans.length, AbortSignal.timeout(5000));
  };

  test('a span did not arrive', async () => {
    expect(traceProblems(await read(span('t1', 'a')), ['shop: step a', 'shop: step b'])).toEqual([
      'the span "shop: step b" did not arrive',
    ]);
    expect(traceProblems([], ['shop: step a'])).toEqual(['the span "shop: step a" did not arrive']);
  });

  test('one came twice under another id: somebody made a second span of the same', async () => {
    const spans = await read(span('t1', 'a'), span('t1', 'b', { name: 'step a', parentSpanId: 'a' }));
    expect(traceProblems(spans, ['shop: step a'])).toEqual(['nobody expected the span "shop: step a"']);
  });

  test('a parent is missing', async () => {
    const spans = await read(span('t1', 'a'), span('t1', 'b', { parentSpanId: 'gone' }));
    expect(traceProblems(spans, ['shop: step a', 'shop: step b'])).toEqual(['the parent of "shop: step b" did not arrive']);
  });

  test('it begins twice', async () => {
    const spans = await read(span('t1', 'a'), span('t1', 'b'));
    expect(traceProblems(spans, ['shop: step a', 'shop: step b'])).toEqual(['a trace begins once, not 2 times']);
  });
});
