import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Channel } from './channel.ts';
import { FreezeWatch } from './freeze-watch.ts';
import { isWithin } from './is-within.ts';

test('a channel hands over what comes, in order, then ends', async () => {
  const channel = new Channel<number>();
  channel.push(1);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const n of channel) seen.push(n);
  })();
  await sleep(1);
  channel.push(2);
  channel.end();
  channel.push(3);
  await reading;
  expect(seen).toEqual([1, 2]);
});

test('a channel that fails throws, and hands over nothing of what is in it', async () => {
  const channel = new Channel<number>();
  channel.push(1);
  channel.fail(new Error('broken'));
  const seen: number[] = [];
  await expect(
    (async () => {
      for await (const n of channel) seen.push(n);
    })(),
  ).rejects.toThrow('broken');
  expect(seen).toEqual([]);
});

test('a process that stood still is told from one whose handler was busy', () => {
  const thaws: number[] = [];
  let cpuMs = 0;
  const watch = new FreezeWatch(
    600,
    (ms) => thaws.push(ms),
    () => cpuMs,
  );
  watch.start();
  const block = (): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
  block();
  cpuMs += 100; // busy, on a machine that gives it a seventh of a processor
  watch.look();
  expect(thaws).toEqual([]);
  block();
  cpuMs += 1;
  watch.look();
  expect(thaws).toEqual([expect.any(Number)]);
  watch.look();
  expect(thaws).toHaveLength(1);
  watch.stop();
});

test('work is within its time or not, also where the deadline has passed or the work fails', async () => {
  const never = new Promise(() => undefined);
  expect(await isWithin(Promise.resolve(), 50)).toBe(true);
  expect(await isWithin(Promise.reject(new Error('x')), 50)).toBe(true);
  expect(await isWithin(never, 5)).toBe(false);
  expect(await isWithin(never, 5000, AbortSignal.abort())).toBe(false);
  expect(await isWithin(Promise.resolve(), 5000, AbortSignal.abort())).toBe(true);
  expect(await isWithin(never, 5000, AbortSignal.timeout(5))).toBe(false);
});
