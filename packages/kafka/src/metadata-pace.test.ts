import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { MetadataPace } from './metadata-pace.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('metadata are asked for, again and again, for two seconds after the last step of a rebalance, also where nobody answers', async () => {
  let asked = 0;
  const pace = new MetadataPace(() => {
    asked++;
    return asked % 2 === 0 ? Promise.resolve() : Promise.reject(new Error('no broker'));
  });
  await jest.advanceTimersByTimeAsync(5000);
  expect(asked).toBe(0);
  pace.onRebalance();
  await jest.advanceTimersByTimeAsync(1000);
  expect(asked).toBe(6);
  pace.onRebalance();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(asked).toBe(20);
  expect(jest.getTimerCount()).toBe(0);
});

test('one question is under way at a time, and none is asked after the end', async () => {
  const answers: (() => void)[] = [];
  const pace = new MetadataPace(() => new Promise<void>((resolve) => void answers.push(resolve)));
  pace.onRebalance();
  pace.onRebalance();
  await jest.advanceTimersByTimeAsync(1000);
  expect(answers).toHaveLength(1);
  pace.onRebalance();
  answers[0]?.();
  await jest.advanceTimersByTimeAsync(160);
  expect(answers).toHaveLength(2);
  pace.stop();
  answers[1]?.();
  pace.onRebalance();
  await jest.advanceTimersByTimeAsync(1000);
  expect(answers).toHaveLength(2);
});

test('where a broker fails they are asked for more slowly, for as long as a cluster may take to do without it', async () => {
  let asked = 0;
  const pace = new MetadataPace(() => Promise.resolve(asked++));
  pace.onTrouble();
  await jest.advanceTimersByTimeAsync(400);
  pace.onTrouble(); // does not put it off
  await jest.advanceTimersByTimeAsync(600);
  expect(asked).toBe(2);
  pace.onRebalance();
  await jest.advanceTimersByTimeAsync(1000);
  expect(asked).toBe(8);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(asked).toBeGreaterThan(30);
  expect(asked).toBeLessThan(50);
  expect(jest.getTimerCount()).toBe(0);
});
