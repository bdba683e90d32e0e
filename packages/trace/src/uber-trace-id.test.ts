import { describe, expect, test } from '@jest/globals';
import { ObjectCarrier } from './carrier.ts';
import { receivedBaggage, receivedSpan } from './received.ts';
import { parseUberTraceId } from './uber-trace-id.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('uber-trace-id', () => {
  test.each([
    ['128 bits, sampled', `${TRACE}:f067aa0ba902b7:0:1`, { traceId: TRACE, spanId: '00f067aa0ba902b7', traceFlags: 1 }],
    [
      '64 bits, not sampled',
      '4bf92f3577b34da6:1:0:0',
      { traceId: `${'0'.repeat(16)}4bf92f3577b34da6`, spanId: '0000000000000001', traceFlags: 0 },
    ],
    ['debug is sampled too', `${TRACE}:1:0:2`, { traceId: TRACE, spanId: '0000000000000001', traceFlags: 1 }],
    ['debug and sampled', `${TRACE}:1:0:3`, { traceId: TRACE, spanId: '0000000000000001', traceFlags: 1 }],
    ['firehose alone is not sampled', `${TRACE}:1:0:8`, { traceId: TRACE, spanId: '0000000000000001', traceFlags: 0 }],
    ['percent-encoded', `${TRACE}%3A1%3a0%3A1`, { traceId: TRACE, spanId: '0000000000000001', traceFlags: 1 }],
    ['upper case', `${TRACE.toUpperCase()}:ABC:0:1`, { traceId: TRACE, spanId: '0000000000000abc', traceFlags: 1 }],
    ['with a parent', `${TRACE}:1:abc:1`, { traceId: TRACE, spanId: '0000000000000001', traceFlags: 1 }],
  ])('%s', (_, header, expected) => {
    expect(parseUberTraceId(header)).toEqual(expected);
  });

  test.each([
    ['an empty one', ''],
    ['three parts', `${TRACE}:1:0`],
    ['five parts', `${TRACE}:1:0:1:1`],
    ['a trace id of zeros', `${'0'.repeat(32)}:1:0:1`],
    ['a span id of zeros', `${TRACE}:0:0:1`],
    ['a trace id that is too long', `${TRACE}0:1:0:1`],
    ['a span id that is too long', `${TRACE}:${'1'.repeat(17)}:0:1`],
    ['letters that are no digits', `${TRACE}:xyz:0:1`],
    ['two, joined', `${TRACE}:1:0:1, ${TRACE}:2:0:1`],
    ['kilobytes', `${'a'.repeat(5000)}:1:0:1`],
  ])('%s is ignored', (_, header) => {
    expect(parseUberTraceId(header)).toBeUndefined();
  });

  test('counts where there is no valid traceparent, and not beside one', () => {
    const uber = `${TRACE}:1:0:1`;
    expect(receivedSpan(new ObjectCarrier({ 'Uber-Trace-Id': uber }))).toMatchObject({ spanId: '0000000000000001', isRemote: true });
    expect(receivedSpan(new ObjectCarrier({ 'uber-trace-id': uber, traceparent: 'rubbish' }))?.spanId).toBe('0000000000000001');
    const both = new ObjectCarrier({ 'uber-trace-id': uber, traceparent: `00-${TRACE}-00f067aa0ba902b7-00` });
    expect(receivedSpan(both)).toMatchObject({ spanId: '00f067aa0ba902b7', traceFlags: 0 });
  });
});

describe('baggage of a caller who speaks Jaeger’s language', () => {
  const trace = { 'uber-trace-id': `${TRACE}:1:0:1` };

  test('is read from its headers, whatever their case', () => {
    const baggage = receivedBaggage(new ObjectCarrier({ ...trace, 'uberctx-tenant': 'acme', 'Uberctx-User-Name': 'Ann%20B' }));
    expect(baggage?.getAllEntries()).toEqual([
      ['tenant', { value: 'acme' }],
      ['user-name', { value: 'Ann B' }],
    ]);
  });

  test('gives way to the baggage header', () => {
    const baggage = receivedBaggage(new ObjectCarrier({ ...trace, 'uberctx-tenant': 'acme', baggage: 'tenant=blue' }));
    expect(baggage?.getEntry('tenant')?.value).toBe('blue');
  });

  test('that is hostile ends nothing: what cannot be decoded is left out, and so is what exceeds the limits', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`uberctx-k${i}`, 'v']));
    expect(
      receivedBaggage(new ObjectCarrier({ ...trace, 'uberctx-a': '%', 'uberctx-': 'x', 'uberctx-__proto__': 'p' }))?.getAllEntries(),
    ).toEqual([['__proto__', { value: 'p' }]]);
    expect(receivedBaggage(new ObjectCarrier({ ...trace, ...many }))?.getAllEntries()).toHaveLength(180);
    expect(receivedBaggage(new ObjectCarrier({ ...trace, 'uberctx-a': 'x'.repeat(9000) }))).toBeUndefined();
  });

  test('is not looked for without its trace header: names are many', () => {
    expect(receivedBaggage(new ObjectCarrier({ 'uberctx-tenant': 'acme' }))).toBeUndefined();
  });
});
