import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, test } from '@jest/globals';
import { createResource } from '../resource.ts';
import type { FinishedSpan } from './finished-span.ts';
import { DEFAULT_LIMITS, type SpanLimits } from './limits.ts';
import { RecordedSpan } from './span.ts';

const context = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };

function begin(limits: Partial<SpanLimits> = {}, startMs = Date.now()) {
  const finished: FinishedSpan[] = [];
  const span = new RecordedSpan(
    {
      resource: createResource({ name: 'shop', version: '1' }, {}),
      limits: { ...DEFAULT_LIMITS, ...limits },
      ended: (one) => finished.push(one),
    },
    { name: 'work', kind: SpanKind.INTERNAL, context, parent: undefined, scope: { name: 'test' }, startMs },
  );
  return { span, finished };
}

describe('a span', () => {
  test('is handed over once, when it ends, and changes no more', () => {
    const { span, finished } = begin();
    span.setAttribute('before', 1);
    span.end();
    span.end();
    span.setAttribute('after', 2).updateName('other').setStatus({ code: SpanStatusCode.ERROR }).addEvent('late');
    span.addLink({ context });
    span.recordException(new Error('late'));
    expect(finished).toEqual([span]);
    expect(span.isRecording()).toBe(false);
    expect(span).toMatchObject({ name: 'work', attributes: { before: 1 }, events: [], links: [], status: { code: SpanStatusCode.UNSET } });
  });

  test('ends when it is told, in nanoseconds, and never before it began', () => {
    const { span } = begin({}, 1_700_000_000_000.25);
    span.end(1_700_000_001_500.5);
    expect([span.startTime, span.endTime, span.duration]).toEqual([
      [1_700_000_000, 250_000],
      [1_700_000_001, 500_500_000],
      [1, 500_250_000],
    ]);
    const { span: early } = begin({}, 1_700_000_000_000);
    early.end(1_600_000_000_000);
    expect(early.duration).toEqual([0, 0]);
  });

  test.each([
    ['a Date', (now: number) => new Date(now)],
    ['seconds and nanoseconds', (now: number): [number, number] => [Math.floor(now / 1000), (now % 1000) * 1e6]],
    ['a number of the monotonic clock', (now: number) => now - performance.timeOrigin],
  ])('takes %s for a time', (_, time) => {
    const now = Math.ceil(performance.timeOrigin + performance.now() + 1000);
    const { span } = begin({}, now - 500);
    span.end(time(now));
    expect(span.duration[0] + span.duration[1] / 1e9).toBeCloseTo(0.5, 2);
  });

  test('keeps what an exception tells', () => {
    const { span } = begin();
    const error = Object.assign(new TypeError('no tea'), { code: 'E_TEA' });
    span.recordException(error);
    span.recordException('only words');
    span.recordException({ code: 42, message: 'by code' });
    expect(span.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['exception', { 'exception.type': 'TypeError', 'exception.message': 'no tea', 'exception.stacktrace': error.stack }],
      ['exception', { 'exception.message': 'only words' }],
      ['exception', { 'exception.type': '42', 'exception.message': 'by code' }],
    ]);
  });

  test('has one status: unset changes nothing, ok is final', () => {
    const { span } = begin();
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' }).setStatus({ code: SpanStatusCode.UNSET });
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no' });
    span.setStatus({ code: SpanStatusCode.OK, message: 'means nothing here' }).setStatus({ code: SpanStatusCode.ERROR });
    expect(span.status).toEqual({ code: SpanStatusCode.OK });
  });

  test('takes an event with a time and without attributes', () => {
    const { span } = begin();
    span.addEvent('at', new Date(1_700_000_000_123));
    span.addEvent('with', { size: 1 }, 1_700_000_000_500);
    expect(span.events.map(({ time, attributes }) => [time, attributes])).toEqual([
      [[1_700_000_000, 123_000_000], {}],
      [[1_700_000_000, 500_000_000], { size: 1 }],
    ]);
  });
});

describe('what exceeds the limits of a span is dropped and counted', () => {
  test('attributes; one that is there may change', () => {
    const { span } = begin({ attributes: 2 });
    span.setAttributes({ a: 1, b: 2, c: 3 }).setAttribute('a', 10);
    expect(span.attributes).toEqual({ a: 10, b: 2 });
    expect(span.droppedAttributesCount).toBe(1);
  });

  test('characters of strings, in lists too', () => {
    const { span } = begin({ valueLength: 3 });
    span.setAttributes({ text: 'abcdef', list: ['abcdef', 'a'] }).addEvent('e', { text: 'abcdef' });
    expect(span.attributes).toEqual({ text: 'abc', list: ['abc', 'a'] });
    expect(span.events[0]?.attributes).toEqual({ text: 'abc' });
  });

  test('events and links', () => {
    const { span } = begin({ events: 1, links: 1 });
    span.addEvent('one').addEvent('two');
    span.addLinks([{ context }, { context }]);
    expect(span).toMatchObject({ droppedEventsCount: 1, droppedLinksCount: 1 });
    expect([span.events.length, span.links.length]).toEqual([1, 1]);
  });

  test('what is no attribute value is left out', () => {
    const { span } = begin();
    span.setAttributes({ object: {} as never, function: (() => 1) as never, nothing: undefined as never, '': 'no name', yes: true });
    expect(span.attributes).toEqual({ yes: true });
  });
});
