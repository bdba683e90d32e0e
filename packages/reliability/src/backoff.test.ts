import { expect, test } from '@jest/globals';
import { constantBackoff, exponentialBackoff } from './index.ts';

test('waits double up to the longest', () => {
  const backoff = exponentialBackoff({ initialMs: 100, maxMs: 1000, jitter: 'none' });
  expect([1, 2, 3, 4, 5, 60, 5000].map(backoff)).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
});

test('full jitter takes anything from nothing to the wait without it', () => {
  const at = (random: number) => exponentialBackoff({ initialMs: 100, maxMs: 1000, random: () => random });
  expect([1, 2, 3].map(at(0))).toEqual([0, 0, 0]);
  expect([1, 2, 3].map(at(0.5))).toEqual([50, 100, 200]);
  const backoff = exponentialBackoff({ initialMs: 100 });
  const waits = Array.from({ length: 1000 }, () => backoff(1));
  expect(Math.max(...waits)).toBeLessThan(100);
  expect(new Set(waits).size).toBeGreaterThan(900);
});

test('a constant backoff waits the same each time', () => {
  expect([1, 2, 100].map(constantBackoff(250))).toEqual([250, 250, 250]);
});

test.each([
  ['initialMs', () => exponentialBackoff({ initialMs: -1 }), /initialMs of a backoff is -1/],
  ['factor', () => exponentialBackoff({ factor: 0.5 }), /factor of a backoff is 0.5/],
  ['maxMs', () => exponentialBackoff({ maxMs: Number.NaN }), /maxMs of a backoff is NaN/],
  ['ms', () => constantBackoff(Number.POSITIVE_INFINITY), /ms of a backoff is Infinity/],
])('a %s that can’t be used is named', (_name, make, message) => {
  expect(make).toThrow(message);
});
