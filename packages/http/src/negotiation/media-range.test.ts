import { expect, test } from '@jest/globals';
import type { Codec } from '@patron/core/data';
import { json, text } from '../index.ts';
import { parseAccept } from './media-range.ts';
import { Negotiator } from './negotiator.ts';

const of = (...contentTypes: string[]): Codec<unknown> => ({ contentTypes, encode: () => Buffer.alloc(0), decode: () => undefined });
const liked = (accept: string | undefined, ...codecs: Codec<unknown>[]): string[] =>
  new Negotiator(codecs).accepted(accept).map(({ contentType }) => contentType);

test('the example of RFC 9110 §12.5.1 gets the weights that stand there', () => {
  const accept = 'text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5';
  const types = ['text/plain;format=flowed', 'text/plain', 'image/jpeg', 'text/plain;format=fixed', 'text/html'];
  expect(liked(accept, ...types.toReversed().map((type) => of(type)))).toEqual(types);
});

test.each([
  [undefined, ['a/a', 'b/b', 'b/c']],
  ['', ['a/a', 'b/b', 'b/c']],
  ['*/*', ['a/a', 'b/b', 'b/c']],
  ['b/c', ['b/c']],
  ['B/C, A/A;Q=0.5', ['b/c', 'a/a']],
  ['b/*', ['b/b', 'b/c']],
  ['b/*;q=0.1, */*', ['a/a', 'b/b', 'b/c']],
  ['b/*, */*;q=0.1', ['b/b', 'b/c', 'a/a']],
  ['a/a;q=0, */*', ['b/b', 'b/c']],
  ['*/*;q=0, b/b', ['b/b']],
  ['*/*;q=0', []],
  ['b/*;q=0', []],
  ['c/c', []],
  ['a/a;q=0.000, b/b;q=0.001', ['b/b']],
  ['a/a;charset=utf-8', ['a/a']],
  ['a/a;charset="UTF-8";q=0.5, b/b', ['b/b', 'a/a']],
  ['a/a;charset=latin1', []],
  ['a/a;level=1', []],
  ['a/a;q=0.5;level=1', ['a/a']],
  [' , a/a ,, b/b;q=0.9', ['a/a', 'b/b']],
])('Accept %p takes %p', (accept, expected) => {
  expect(liked(accept, of('a/a'), of('b/b', 'b/c'))).toEqual(expected);
});

test('what is malformed is as if it was not sent; where nothing else is there, anything will do', () => {
  expect(liked('text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', json)).toEqual(['application/json; charset=utf-8']);
  for (const accept of ['json', '*', '*/json', 'a/a;q=2', 'a/a;q=-1', 'a/a;q=x', 'a/a;q=0.1234', 'a/a b', '"', 'a/a;x="', '/', ';q=1']) {
    expect([accept, parseAccept(accept)]).toEqual([accept, []]);
    expect(liked(accept, of('b/b'))).toEqual(['b/b']);
  }
  expect(liked('a/a;x="c/c,\\"d/d", b/b', of('c/c'), of('b/b'))).toEqual(['b/b']);
});

test('what was once negotiated is the same again, also after more headers than are kept', () => {
  const negotiator = new Negotiator([of('a/a'), of('b/b')]);
  const types = (accept: string): string[] => negotiator.accepted(accept).map(({ contentType }) => contentType);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 250; i++) expect(types(`a/a;q=0.${i}, b/b;q=0.5`)[0]).toBe(Number(`0.${i}`) >= 0.5 ? 'a/a' : 'b/b');
    expect(types('c/c')).toEqual([]);
  }
});

test('a header made to be slow takes no time', () => {
  const hostile = [
    '"\\'.repeat(8000),
    ';x="\\"'.repeat(3000),
    'a/a;'.repeat(4000),
    `a/a${' '.repeat(16_000)}`,
    '*/*,'.repeat(4000),
    ','.repeat(16_000),
  ];
  for (const accept of hostile) {
    const start = process.cpuUsage();
    liked(accept, json, text, of('b/b'));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(50);
  }
});
