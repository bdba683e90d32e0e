import { expect, test } from '@jest/globals';
import { jsonFits } from './json-room.ts';

const length = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

test.each<[string, unknown]>([
  ['a word', 'word'],
  ['control characters', '\u0000\u001f\u007f\n'],
  ['halves of pairs', '\ud800 \udfff'],
  ['other letters', 'größer 漢字 🦉'],
  ['the longest number', -Number.MIN_VALUE],
  ['what is no number', [Number.NaN, Number.POSITIVE_INFINITY]],
  ['yes and no', [true, false, null]],
  ['an object', { id: 7, item: 'seven', tags: ['a', 'b'], of: { none: {} } }],
  ['names that have to be escaped', { '\u0001\u0002"\\': 1 }],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: [[]] })],
  ['what is left out, and what is not', { none: undefined, list: [undefined, 1] }],
])('%s is never taken to be less than it is', (_title, value) => {
  for (let bytes = 0; bytes <= length(value); bytes++) expect(jsonFits(value, bytes)).toBe(false);
  expect(jsonFits(value, length(value) * 8 + 32)).toBe(true);
});

class Money {
  readonly cents = 1;
}
const ring: unknown[] = [];
ring.push(ring);

test.each<[string, unknown]>([
  ['a date', new Date(0)],
  ['a class', new Money()],
  ['a form of its own', { toJSON: () => 'x'.repeat(5000) }],
  ['a function', () => 1],
  ['a big integer', [1n]],
  ['a map', new Map()],
  ['a ring', ring],
])('%s is not guessed at', (_title, value) => {
  expect(jsonFits({ inside: value }, 1000)).toBe(false);
});
