import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { remainingMs, withDeadline, withSpan } from './index.ts';

test('work has what is left of its deadline, however deep it is asked', async () => {
  expect(remainingMs()).toBeUndefined();
  await withDeadline(1000, async () => {
    await sleep(5);
    const left = await withSpan('inner', async () => remainingMs());
    expect(left).toBeLessThan(1000);
    expect(left).toBeGreaterThan(500);
  });
  expect(remainingMs()).toBeUndefined();
});

test('the earlier of two deadlines holds, and none leaves less than nothing', () => {
  withDeadline(100, () => {
    withDeadline(5000, () => expect(remainingMs()).toBeLessThanOrEqual(100));
    withDeadline(0, () => expect(remainingMs()).toBe(0));
    expect(remainingMs()).toBeGreaterThan(0);
  });
});

test('what goes on after the work has settled is free of its deadline', async () => {
  const later = (after: Promise<unknown>): Promise<number | undefined> => after.then(() => sleep(1)).then(remainingMs);
  let settle = (): void => undefined;
  const gate = new Promise<void>((resolve) => (settle = resolve));
  let fromAtOnce: Promise<unknown> = Promise.resolve();
  let fromFailed = fromAtOnce;
  let fromAsync = fromAtOnce;
  withDeadline(1000, () => void (fromAtOnce = later(gate)));
  expect(() =>
    withDeadline(1000, () => {
      fromFailed = later(gate);
      throw new Error('failed');
    }),
  ).toThrow('failed');
  await withDeadline(1000, async () => void (fromAsync = later(gate)));
  await expect(
    withDeadline(1000, async () => {
      await sleep(1);
      throw new Error('failed later');
    }),
  ).rejects.toThrow('failed later');
  settle();
  expect(await Promise.all([fromAtOnce, fromFailed, fromAsync])).toEqual([undefined, undefined, undefined]);
});

test('work inside of a deadline that has settled goes on with the one around it', async () => {
  let inner: Promise<unknown> = Promise.resolve();
  await withDeadline(10_000, async () => {
    withDeadline(1000, () => void (inner = sleep(1).then(remainingMs)));
    expect(await inner).toBeGreaterThan(1000);
  });
});

test.each([-1, NaN, '5', undefined])('a deadline in %p milliseconds is refused', (timeoutMs) => {
  expect(() => withDeadline(timeoutMs as number, () => undefined)).toThrow(`a deadline in ${String(timeoutMs)} milliseconds can't be kept`);
});
