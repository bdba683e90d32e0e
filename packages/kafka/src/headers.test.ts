import { expect, test } from '@jest/globals';
import type { RawHeader } from './client.ts';
import { KafkaHeaders, textOf } from './headers.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
/** As node-rdkafka makes a header of that name: by assignment. */
const evil = Object.assign(Object.create(bytes('polluted')) as RawHeader);
const list: RawHeader[] = [
  { 'X-Kind': bytes('a') },
  { 'x-kind': bytes('b') },
  { empty: bytes('') },
  evil,
  { bin: Buffer.from([255, 0, 1]) },
];

test('headers are found in any case, all of a name in their order, and bytes as they came', () => {
  const headers = new KafkaHeaders(list);
  expect(headers.get('x-KIND')).toBe('a');
  expect(headers.getAll('x-kind')).toEqual(['a', 'b']);
  expect(headers.bytes('bin')).toEqual(Buffer.from([255, 0, 1]));
  expect(headers.get('empty')).toBe('');
  expect([headers.get('none'), headers.bytes('none'), headers.getAll('none')]).toEqual([undefined, undefined, []]);
  expect(new KafkaHeaders(undefined).names()).toEqual([]);
});

test('a header named __proto__ is one like the others', () => {
  const headers = new KafkaHeaders(list);
  expect(headers.names()).toEqual(['X-Kind', 'x-kind', 'empty', '__proto__', 'bin']);
  expect(headers.get('__proto__')).toBe('polluted');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('for trace and correlation a header that occurs twice is joined, and so malformed', () => {
  expect(textOf(list, 'x-kind')).toBe('a, b');
  expect(textOf(undefined, 'x-kind')).toBeUndefined();
});
