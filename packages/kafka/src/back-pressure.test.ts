import { expect, test } from '@jest/globals';
import { BackPressure } from './back-pressure.ts';
import type { TopicPartition } from './client.ts';
import type { KafkaDelivery } from './delivery.ts';
import type { Partition } from './partition.ts';
import { Partitions } from './partitions.ts';

function start(maxBuffered: number): {
  partition: Partition;
  pressure: BackPressure;
  calls: string[];
  take: (offset: number) => KafkaDelivery;
} {
  const calls: string[] = [];
  const tell = (what: string) => (partitions: readonly TopicPartition[]) =>
    void calls.push(`${what} ${partitions.map((one) => one.partition).join()}`);
  const partitions = new Partitions({ ordering: 'none', maxBuffered }, { onRoom: (one) => pressure.onRoom(one) });
  const pressure = new BackPressure({ pause: tell('pause'), resume: tell('resume') }, partitions);
  partitions.add({ topic: 'orders', partition: 0 });
  const partition = partitions.get('orders', 0) as Partition;
  const take = (offset: number): KafkaDelivery =>
    partition.take({ topic: 'orders', partition: 0, offset, value: null, key: null, timestamp: 0, size: 0 }) as KafkaDelivery;
  return { partition, pressure, calls, take };
}

test('a partition that is full is paused, however little that is in all, and goes on when half of it is done', async () => {
  const { pressure, calls, take } = start(4);
  const held = [0, 1, 2, 3].map(take);
  await pressure.ease();
  expect(calls).toEqual(['pause 0']);
  held[0]?.settle('ack');
  expect(calls).toEqual(['pause 0']);
  held[1]?.settle('ack');
  expect(calls).toEqual(['pause 0', 'resume 0']);
});

test('a partition waits for one slow record once ten times as much as it may hold is done behind it', async () => {
  const { pressure, calls, take } = start(4);
  const slow = take(0);
  for (let offset = 1; offset < 39; offset++) take(offset).settle('ack');
  expect(pressure.ease()).toBeUndefined();
  take(39).settle('ack');
  await pressure.ease();
  expect(calls).toEqual(['pause 0']);
  slow.settle('ack');
  expect(calls).toEqual(['pause 0', 'resume 0']);
});

test('where nothing is full and little is held, nothing is waited for', () => {
  const { pressure, take } = start(1000);
  for (let offset = 0; offset < 250; offset++) take(offset);
  expect(pressure.ease()).toBeUndefined();
});
