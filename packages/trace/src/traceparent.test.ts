import { describe, expect, test } from '@jest/globals';
import { formatTraceParent, parseTraceParent } from './traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent header', () => {
  test('is read and written back the same', () => {
    const header = `00-${TRACE}-${SPAN}-01`;
    const parsed = parseTraceParent(header);
    expect(parsed).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1 });
    expect(formatTraceParent(parsed as NonNullable<typeof parsed>)).toBe(header);
  });

  test('of a later version is read by the parts that every version has', () => {
    expect(parseTraceParent(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`)?.spanId).toBe(SPAN);
    expect(parseTraceParent(`cc-${TRACE}-${SPAN}-01`)?.spanId).toBe(SPAN);
  });

  test('keeps only the flags whose meaning is known: sampled, and a random trace id', () => {
    expect(parseTraceParent(`00-${TRACE}-${SPAN}-ff`)?.traceFlags).toBe(3);
    expect(parseTraceParent(`00-${TRACE}-${SPAN}-fc`)?.traceFlags).toBe(0);
    expect(formatTraceParent({ traceId: TRACE, spanId: SPAN, traceFlags: 0xff })).toBe(`00-${TRACE}-${SPAN}-03`);
  });

  test.each([
    ['empty', ''],
    ['of version ff', `ff-${TRACE}-${SPAN}-01`],
    ['in upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['with a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['with a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['with a letter that is no hex digit', `00-${TRACE.replace('4', 'g')}-${SPAN}-01`],
    ['too short', `00-${TRACE}-${SPAN}-0`],
    ['of version 00 with something behind it', `00-${TRACE}-${SPAN}-01-x`],
    ['of a later version with something glued on', `01-${TRACE}-${SPAN}-01x`],
    ['with other separators', `00_${TRACE}_${SPAN}_01`],
    ['doubled', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['of many kilobytes', `01-${TRACE}-${SPAN}-01-${'x'.repeat(10_000)}`],
  ])('that is %s is ignored', (_, header) => {
    expect(parseTraceParent(header)).toBeUndefined();
  });
});
