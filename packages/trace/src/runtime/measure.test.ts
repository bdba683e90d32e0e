import { setTimeout as wait } from 'node:timers/promises';
import { open } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { metrics } from '../metrics/registry.ts';
import { measureRuntime } from './measure.ts';

measureRuntime();

const value = async (sample: string): Promise<number> => {
  const line = (await metrics.scrape()).split('\n').find((one) => one.startsWith(`${sample} `));
  return Number(line?.slice(sample.length + 1));
};

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('a loop that was blocked shows in the delay, and utilization is a share', async () => {
  await metrics.scrape(); // looking begins with it
  await wait(100);
  block(300);
  await wait(100);
  expect(await value('nodejs_eventloop_delay_max_seconds')).toBeGreaterThan(0.25);
  const share = await value('nodejs_eventloop_utilization_ratio');
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThanOrEqual(1);
});

test('the time of the loop is counted by state', async () => {
  const before = await value('nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="active"}');
  block(50);
  await wait(1);
  expect(await value('nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="active"}')).toBeGreaterThan(before + 0.04);
  expect(await value('nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="idle"}')).toBeGreaterThanOrEqual(0);
});

test('garbage collections are counted by kind', async () => {
  const before = await value('v8js_gc_duration_seconds_count{v8js_gc_type="minor"}');
  let kept: unknown[] = [];
  for (let i = 0; i < 2_000_000; i++) kept = [kept.length, i];
  expect(kept).toHaveLength(2);
  await wait(10); // Node tells of them in a later turn
  expect(await value('v8js_gc_duration_seconds_count{v8js_gc_type="minor"}')).toBeGreaterThan(before);
});

test('what the process took itself and what the system took for it are all of its time', async () => {
  const [user, system] = [await value('process_cpu_user_seconds_total'), await value('process_cpu_system_seconds_total')];
  const all = await value('process_cpu_seconds_total');
  expect(Math.abs(all - user - system)).toBeLessThan(0.5);
});

test('the heap is told by space, and a limit beside it', async () => {
  expect(await value('v8js_memory_heap_used_bytes{v8js_heap_space_name="old_space"}')).toBeGreaterThan(0);
  expect(await value('nodejs_heap_limit_bytes')).toBeGreaterThan(1e8);
});

test('timers show among what keeps the loop alive, and are gone when they are', async () => {
  const timer = setTimeout(() => undefined, 10_000);
  expect(await value('nodejs_active_resources{type="Timeout"}')).toBeGreaterThan(0);
  clearTimeout(timer);
});

if (process.platform === 'linux') {
  test('descriptors and memory are those of the system', async () => {
    const before = await value('process_open_fds');
    expect(before).toBeGreaterThan(3);
    const files = await Promise.all(Array.from({ length: 50 }, () => open('/proc/self/status')));
    expect(await value('process_open_fds')).toBeGreaterThanOrEqual(before + 50 - 10);
    await Promise.all(files.map((file) => file.close()));
    expect(await value('process_max_fds')).toBeGreaterThan(await value('process_open_fds'));
    expect(await value('process_virtual_memory_bytes')).toBeGreaterThan(await value('process_resident_memory_bytes'));
  });
}
