import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { TopicDescription } from './consumer-client.ts';
import type { KafkaError } from './errors.ts';
import { Health } from './health.ts';
import { Partitions } from './partitions.ts';
import { BrokerWatch } from './statistics.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const statistics = (rxidleMs: number, leader = 1): string =>
  JSON.stringify({
    brokers: { one: { name: 'one', nodeid: 1, state: 'UP', rxidle: rxidleMs * 1000 } },
    topics: { orders: { partitions: { '0': { leader } } } },
    cgrp: { join_state: 'steady' },
  });

const described =
  (brokers: readonly number[], leader = 1): (() => Promise<TopicDescription>) =>
  async () => ({ partitions: 1, brokers, leaders: new Map([[0, leader]]) });

function start(describe: () => Promise<TopicDescription>, isAnswered = false) {
  const partitions = new Partitions({ ordering: 'partition', maxBuffered: 10 }, { onRoom: () => undefined });
  partitions.add({ topic: 'orders', partition: 0 });
  const brokers = new BrokerWatch();
  const stalls: KafkaError[] = [];
  const member = { isMember: true };
  const other = { topic: 'orders', isAnswered: async () => isAnswered };
  const health = new Health({ describe }, partitions, member, brokers, other, (error) => stalls.push(error));
  health.start();
  brokers.take(statistics(100), performance.now());
  return { health, brokers, stalls, partitions, member };
}

const silence = async (brokers: BrokerWatch, seconds: number): Promise<void> => {
  for (let passed = 0; passed < seconds; passed += 5) {
    await jest.advanceTimersByTimeAsync(5000);
    brokers.take(statistics((passed + 5) * 1000), performance.now());
  }
};

test('a consumer without its place in the group is not ready; one whose broker is silent says which and for how long', async () => {
  const { health, brokers, partitions, member } = start(described([1]));
  expect(health.ready()).toBe(true);
  await silence(brokers, 15);
  health.onProblem('Connection refused');
  expect(health.ready()).toEqual({ ready: false, reason: 'broker 1, which has orders/0, has not answered for 15 s (Connection refused)' });
  // Nobody asks it for a partition that is paused.
  for (const partition of partitions) partition.isPaused = true;
  expect(health.ready()).toBe(true);
  member.isMember = false;
  brokers.take('{}', performance.now());
  expect(health.ready()).toEqual({ ready: false, reason: 'waits for its place in the group' });
  health.stop();
});

test('a broker that the cluster knows and that is silent for this client for a minute has it made anew, once', async () => {
  const { brokers, stalls } = start(described([1, 2]));
  await silence(brokers, 60);
  expect(stalls).toEqual([]);
  await silence(brokers, 120);
  expect(stalls.map(({ code }) => code)).toEqual(['PATRON_KAFKA_STALLED']);
});

test.each<[string, () => Promise<TopicDescription>]>([
  ['nobody answers', () => Promise.reject(new Error('down'))],
  ['the cluster has lost that broker', described([2])],
])('where %s, a new client would fare no better', async (_what, describe) => {
  const { health, brokers, stalls } = start(describe);
  await silence(brokers, 300);
  expect(stalls).toEqual([]);
  health.stop();
});

const leaderless = async (brokers: BrokerWatch, seconds: number): Promise<void> => {
  for (let passed = 0; passed < seconds; passed += 5) {
    brokers.take(statistics(100, -1), performance.now());
    await jest.advanceTimersByTimeAsync(5000);
  }
};

test('a partition without a leader makes its consumer not ready, and has its client made anew where the cluster knows one', async () => {
  const { health, brokers, stalls } = start(described([1]));
  await leaderless(brokers, 15);
  expect(health.ready()).toEqual({ ready: false, reason: 'its client has known no leader of orders/0 for 15 s' });
  await leaderless(brokers, 15);
  expect(stalls.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^its client has known no leader of orders\/0 for \d+ s, though the cluster is there$/),
  ]);
});

test('where the cluster has no leader either, its client is kept, and a leader that comes back ends the trouble', async () => {
  const { health, brokers, stalls, partitions } = start(described([], -1));
  await leaderless(brokers, 120);
  expect(stalls).toEqual([]);
  for (const partition of partitions) partition.isPaused = true;
  expect(health.ready()).toBe(true);
  for (const partition of partitions) partition.isPaused = false;
  brokers.take(statistics(100), performance.now());
  expect(health.ready()).toBe(true);
  health.stop();
});

test('a client that nobody answers is made anew where another one is answered, also without a partition', async () => {
  const { brokers, stalls, partitions } = start(() => Promise.reject(new Error('Local: Broker transport failure')), true);
  for (const partition of [...partitions]) partitions.remove(partition);
  const coordinator = { name: 'GroupCoordinator', nodeid: -1, state: 'DOWN', stateage: 0, rxidle: -1 };
  const down = (seconds: number): string => JSON.stringify({ brokers: { c: { ...coordinator, stateage: seconds * 1e6 } } });
  for (let seconds = 0; seconds <= 10; seconds += 5) {
    brokers.take(down(seconds), performance.now());
    await jest.advanceTimersByTimeAsync(5000);
  }
  expect(stalls).toEqual([]);
  await jest.advanceTimersByTimeAsync(10_000);
  expect(stalls.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^the coordinator of its group has not answered for \d+ s, though the cluster is there$/),
  ]);
});

test('a client that has forgotten all brokers is made anew at once, and once', () => {
  const { health, brokers, stalls } = start(described([1]));
  const take = (source: string): void => {
    brokers.take(JSON.stringify({ brokers: { one: { name: 'one', nodeid: 1, state: 'DOWN', rxidle: -1, source } } }), performance.now());
    health.onStatistics();
  };
  take('learned');
  expect(stalls).toEqual([]);
  take('logical');
  take('logical');
  expect(stalls.map(({ code, message }) => [code, message])).toEqual([
    ['PATRON_KAFKA_STALLED', 'its client has forgotten all brokers: it was told of none'],
  ]);
});

test('one that is being closed is not', () => {
  const { health, brokers, stalls } = start(described([1]));
  health.stop();
  brokers.take(JSON.stringify({ brokers: {} }), performance.now());
  health.onStatistics();
  expect(stalls).toEqual([]);
});
