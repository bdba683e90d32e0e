import { expect, test } from '@jest/globals';
import { parseTraceState } from './tracestate.ts';

test('a tracestate travels on in its order, without empty members and without the spaces around', () => {
  expect(parseTraceState('rojo=00f067aa0ba902b7 ,\tcongo=t61rcWkgMzE,,tenant@vendor=1')).toBe(
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,tenant@vendor=1',
  );
});

test('a tracestate of 32 members is the longest one', () => {
  const members = (n: number): string => Array.from({ length: n }, (_, i) => `k${i}=v`).join(',');
  expect(parseTraceState(members(32))).toBe(members(32));
  expect(parseTraceState(members(33))).toBeUndefined();
});

test.each([
  ['a key in upper case', 'Rojo=1'],
  ['a key twice', 'a=1,a=2'],
  ['no value', 'a='],
  ['no equals sign', 'a'],
  ['an equals sign in the value', 'a=b=c'],
  ['a control character', 'a=b\u0007'],
  ['a vendor that begins with a digit', 't@1v=1'],
  ['nothing but commas', ',,,'],
  ['nine kilobytes', `a=1,${'b'.repeat(9000)}=1`],
])('a tracestate with %s is dropped whole', (_, header) => {
  expect(parseTraceState(header)).toBeUndefined();
});
