import { describe, expect, test } from '@jest/globals';
import { formatDuration, parseDuration } from './duration.ts';

describe('a duration is read as Go reads it', () => {
  test.each<[string, number]>([
    ['0', 0],
    ['+0', 0],
    ['-0', 0],
    ['0s', 0],
    ['5s', 5000],
    ['+5s', 5000],
    ['300ms', 300],
    ['1m30s', 90_000],
    ['2h45m', 9_900_000],
    ['1.5s', 1500],
    ['5.s', 5000],
    ['.5s', 500],
    ['1h0m0.5s', 3_600_500],
    ['30s1m', 90_000],
    ['1500us', 1.5],
    ['1500µs', 1.5],
    ['1500μs', 1.5],
    ['2000000ns', 2],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9);
  });

  test.each([
    '',
    ' ',
    '5',
    '-5s',
    '+',
    '-',
    's',
    '.s',
    '5 s',
    ' 5s',
    '5s ',
    '5S',
    '5sec',
    '1d',
    '1m 30s',
    '1e3s',
    '٣s',
    '0x5s',
    '5s-',
    '--5s',
    'Infinity',
    '5,5s',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('a long hostile text is refused in no time', () => {
    const startedAt = performance.now();
    expect(parseDuration(`${'1m'.repeat(50_000)}x`)).toBeUndefined();
    expect(parseDuration('1'.repeat(100_000))).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

test.each([
  [0, '0 ms'],
  [12.4, '12 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [1549, '1.5 s'],
  [59_000, '59 s'],
  [60_000, '1 min'],
  [125_000, '2 min 5 s'],
  [3_600_000, '60 min'],
])('%d ms are shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
