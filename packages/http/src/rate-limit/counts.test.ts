import { expect, test } from '@jest/globals';
import { Counts } from './counts.ts';
import { type Count, type Meter, TokenMeter, WindowMeter } from './meter.ts';

/** Numbers that look random and are the same each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('a token bucket is exact: it decides as arithmetic without rounding does, a hundred thousand times on end', () => {
  for (const [rate, burst] of [
    [1, 1],
    [3, 5],
    [50, 100],
    [7919, 20],
  ] as const) {
    const below = random(rate);
    const meter = new TokenMeter(rate, burst);
    const count: Count = { at: 0, used: 0 };
    // The model counts in whole millionths of a token, without an end: what came in since the beginning.
    let tokens = BigInt(burst) * 1_000_000n;
    let then = 0n;
    let now = 0;
    let wrong = 0;
    for (let i = 0; i < 100_000; i++) {
      now += below(i % 100 === 0 ? 30_000_000 : Math.ceil(2_000_000 / rate));
      const full = BigInt(burst) * 1_000_000n;
      tokens += (BigInt(now) - then) * BigInt(rate);
      if (tokens > full) tokens = full;
      then = BigInt(now);
      const expected = tokens >= 1_000_000n;
      if (meter.left(count, now) !== Number(tokens / 1_000_000n)) wrong++;
      if (meter.take(count, now) !== expected) wrong++;
      if (expected) tokens -= 1_000_000n;
    }
    expect(wrong).toBe(0);
  }
});

test('a rate that is no whole number drifts by less than a request in a simulated year', () => {
  const meter = new TokenMeter(1 / 60, 2);
  const count: Count = { at: 0, used: 0 };
  const YEAR_SECONDS = 31_536_000;
  let through = 0;
  for (let second = 0; second < YEAR_SECONDS; second += 7) if (meter.take(count, second * 1e6)) through++;
  expect(Math.abs(through - (2 + YEAR_SECONDS / 60))).toBeLessThan(2);
});

test('after what a refused request is told to wait, one is let through; a microsecond before, none is', () => {
  for (const meter of [new TokenMeter(3, 2), new TokenMeter(0.4, 1), new WindowMeter(2, 1_000_000)]) {
    const count: Count = { at: 0, used: 0 };
    const below = random(7);
    let now = 12_345;
    for (let i = 0; i < 200; i++) {
      while (meter.take(count, now, 0.25)) now += below(10);
      const wait = meter.wait(count, now, 0.25);
      expect(meter.take({ ...count }, now + wait - 1, 0.25)).toBe(false);
      expect(meter.take({ ...count }, now + wait, 0.25)).toBe(true);
      now += wait;
    }
  }
});

test('a million keys that all say something keep no more than may be kept, and the others share', () => {
  let full = 0;
  const meter = new WindowMeter(5, 60_000_000);
  const counts = new Counts(meter, 10_000, () => full++);
  for (let i = 0; i < 1_000_000; i++) {
    const count = counts.of(`client-${i}`, 1000 + i);
    meter.take(count, 1000 + i, counts.phase);
  }
  expect(counts.size).toBeLessThanOrEqual(10_000);
  expect(full).toBeGreaterThan(900_000);
});

test('what is forgotten makes room: after a rest new keys have counts of their own again', () => {
  const meter = new TokenMeter(10, 5);
  const counts = new Counts(meter, 100, () => undefined);
  for (let i = 0; i < 1000; i++) meter.take(counts.of(`a${i}`, i), i);
  const later = 60_000_000;
  for (let i = 0; i < 1000; i++) {
    const count = counts.of(`b${i}`, later + i);
    if (i >= 900) expect(meter.left(count, later + i)).toBeGreaterThanOrEqual(4);
  }
});

/** How many requests of a key were let through in a way that its limit does not allow, keys coming and going at random. */
function escapes(meter: Meter, isAllowed: (times: readonly number[]) => boolean): number {
  const below = random(42);
  const counts = new Counts(meter, 20, () => undefined);
  const through = new Map<string, number[]>();
  let now = 0;
  for (let i = 0; i < 100_000; i++) {
    now += below(4000);
    // A few that ask much, and ever new ones that try to push those out.
    const key = below(2) === 0 ? `victim${below(5)}` : `flood${below(5000)}`;
    const count = counts.of(key, now);
    if (meter.take(count, now, counts.phase)) through.set(key, [...(through.get(key) ?? []).slice(-200), now]);
    if (i % 25_000 === 0) now += 10_000_000;
  }
  expect(through.size).toBeGreaterThan(20);
  return [...through.values()].filter((times) => !isAllowed(times)).length;
}

test('nobody escapes a token bucket by pushing keys out of memory', () => {
  const [rate, burst] = [2, 4];
  const isAllowed = (times: readonly number[]): boolean =>
    times.every((from, i) => times.slice(i).every((to, n) => n + 1 <= burst + ((to - from) * rate) / 1e6 + 1e-6));
  expect(escapes(new TokenMeter(rate, burst), isAllowed)).toBe(0);
});

test('nobody escapes a window by pushing keys out of memory: never more than two windows hold in the time of one', () => {
  const isAllowed = (times: readonly number[]): boolean =>
    times.every((from, i) => times.slice(i).filter((to) => to - from < 1_000_000).length <= 2 * 4);
  expect(escapes(new WindowMeter(4, 1_000_000), isAllowed)).toBe(0);
});

test('a long key is kept as its digest: two that differ at their end are two, and memory does not grow with them', () => {
  const counts = new Counts(new WindowMeter(1, 1e9), 5000, () => undefined);
  const long = 'k'.repeat(16_000);
  expect(counts.of(`${long}1`, 1)).not.toBe(counts.of(`${long}2`, 1));
  expect(counts.of(`${long}1`, 1)).toBe(counts.of(`${long}1`, 2));
});
