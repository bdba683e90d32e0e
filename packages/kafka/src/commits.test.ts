import { describe, expect, test } from '@jest/globals';
import { CODES, type RawRecord, type TopicPartitionOffset } from './client.ts';
import { Committer } from './committer.ts';
import type { KafkaDelivery } from './delivery.ts';
import type { Partition } from './partition.ts';
import { Partitions } from './partitions.ts';

const record = (partition: number, offset: number): RawRecord => ({
  topic: 'orders',
  partition,
  offset,
  value: Buffer.from('x'),
  key: null,
  timestamp: 0,
  size: 1,
});

/** A broker that answers commits when it is told to: yes, no, or never. */
class Broker {
  readonly commits: TopicPartitionOffset[][] = [];
  /** What the group has. */
  readonly committed = new Map<number, number>();
  readonly commit = (offsets: readonly TopicPartitionOffset[]): void => void this.commits.push([...offsets]);

  answer(committer: Committer, code: number): void {
    const offsets = this.commits.shift();
    if (offsets === undefined) return;
    if (code === 0) for (const { partition, offset } of offsets) this.committed.set(partition, offset);
    committer.answered(code, offsets);
  }
}

function start(): { broker: Broker; partitions: Partitions; committer: Committer } {
  const broker = new Broker();
  const partitions = new Partitions({ ordering: 'none', maxBuffered: 1000 }, { onRoom: () => undefined });
  return { broker, partitions, committer: new Committer(broker, partitions, 'test') };
}

/** A small generator, so that a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

describe('whatever comes in whatever order', () => {
  test.each(Array.from({ length: 200 }, (_, i) => i + 1))(
    'no commit exceeds the lowest unsettled offset, and none goes back: seed %d',
    async (seed) => {
      const { broker, partitions, committer } = start();
      const next = random(seed * 7919);
      // The log and what was ever done with it, over all assignments: handled records, and the next one to read after a new assignment.
      const done = [new Set<number>(), new Set<number>(), new Set<number>()];
      const position = [0, 0, 0];
      let open: { delivery: KafkaDelivery; partition: Partition }[] = [];
      let highest = [0, 0, 0];
      let commits = 0;

      const check = (): void => {
        for (const offsets of broker.commits) {
          for (const { partition, offset } of offsets) {
            const unsettled = Array.from({ length: offset }, (_, o) => o).find((o) => isRecord(o) && done[partition]?.has(o) !== true);
            if (unsettled !== undefined) throw new Error(`offset ${offset} of ${partition} is committed, and ${unsettled} is not settled`);
          }
        }
        const now = [0, 1, 2].map((number) => broker.committed.get(number) ?? 0);
        if (now.some((offset, number) => offset < (highest[number] as number)))
          throw new Error(`from ${highest.join()} back to ${now.join()}`);
        highest = now;
      };

      for (let step = 0; step < 400; step++) {
        const number = next(3);
        const partition = partitions.get('orders', number);
        switch (next(9)) {
          case 0: // assigned: it is read from where the group is
            if (partition !== undefined) break;
            partitions.add({ topic: 'orders', partition: number });
            position[number] = broker.committed.get(number) ?? 0;
            break;
          case 1: // taken away, or lost
            if (partition === undefined) break;
            // The answer to a commit that was under way comes before others may have it, or never.
            while (broker.commits.length > 0) broker.answer(committer, next(2) === 0 ? 0 : CODES.illegalGeneration);
            partitions.remove(partition);
            break;
          case 2:
          case 3: // delivered, some offsets being no records
            if (partition === undefined) break;
            while (!isRecord(position[number] as number)) (position[number] as number)++;
            {
              const delivery = partition.take(record(number, (position[number] as number)++));
              if (delivery !== undefined) open.push({ delivery, partition });
            }
            break;
          case 4:
          case 5: {
            // handled, maybe after it was taken away: then it does not count
            const at = next(Math.max(1, open.length));
            const one = open[at];
            if (one === undefined) break;
            open = open.filter((_, i) => i !== at);
            if (one.partition.state !== 'gone') done[one.partition.number]?.add(one.delivery.position);
            one.delivery.settle('ack');
            break;
          }
          case 6: {
            // given back
            if (next(8) > 0) break;
            const at = next(Math.max(1, open.length));
            open[at]?.delivery.settle('release');
            open = open.filter((_, i) => i !== at);
            break;
          }
          case 7: // the end of the partition
            if (partition !== undefined) partition.reachEnd(position[number] as number);
            break;
          default:
            if (next(2) === 0) {
              void committer.flush([...partitions], 1);
              await turn();
              commits += broker.commits.length;
            } else broker.answer(committer, [0, 0, CODES.rebalanceInProgress, CODES.illegalGeneration][next(4)] as number);
        }
        check();
      }
      expect(commits).toBeGreaterThan(0);
    },
  );
});

/** Each seventh offset is the marker of a transaction, or was compacted away. */
function isRecord(offset: number): boolean {
  return offset % 7 !== 3;
}

test('a commit counts once it is answered: one that failed is made again, with what is settled by then', async () => {
  const { broker, partitions, committer } = start();
  partitions.add({ topic: 'orders', partition: 0 });
  const partition = partitions.get('orders', 0) as Partition;
  partition.take(record(0, 0))?.settle('ack');
  void committer.flush([partition], 1000);
  await turn();
  expect(broker.commits).toEqual([[{ topic: 'orders', partition: 0, offset: 1 }]]);
  partition.take(record(0, 1))?.settle('ack');
  void committer.flush([partition], 1000);
  await turn();
  expect(broker.commits).toHaveLength(1); // one at a time
  broker.answer(committer, CODES.rebalanceInProgress);
  expect(partition.committed).toBe(-1);
  await turn();
  expect(broker.commits).toEqual([[{ topic: 'orders', partition: 0, offset: 2 }]]);
  broker.answer(committer, 0);
  expect(partition.committed).toBe(2);
});

test('an answer that says they are no longer ours is told, but for one to what was asked before', async () => {
  const { broker, partitions, committer } = start();
  partitions.add({ topic: 'orders', partition: 0 });
  const partition = partitions.get('orders', 0) as Partition;
  partition.take(record(0, 0))?.settle('ack');
  void committer.flush([partition], 1000);
  await turn();
  const flushed = committer.flush([partition], 1000);
  broker.answer(committer, CODES.illegalGeneration); // to the first one
  await turn();
  broker.answer(committer, 0);
  expect(await flushed).toBe(false);
  partition.take(record(0, 1))?.settle('ack');
  const again = committer.flush([partition], 1000);
  await turn();
  broker.answer(committer, CODES.unknownMember);
  expect(await again).toBe(true);
});

test('a stop and a rebalance that wait for the same answer both hear it', async () => {
  const { broker, partitions, committer } = start();
  partitions.add({ topic: 'orders', partition: 0 });
  const partition = partitions.get('orders', 0) as Partition;
  partition.take(record(0, 0))?.settle('ack');
  const begun = performance.now();
  const both = [committer.flush([partition], 5000)];
  await turn();
  both.push(committer.flush([partition], 5000));
  broker.answer(committer, 0);
  expect(await Promise.all(both)).toEqual([false, false]);
  expect(performance.now() - begun).toBeLessThan(2500);
});

test('an answer that never comes is waited for no longer than it may', async () => {
  const { broker, partitions, committer } = start();
  partitions.add({ topic: 'orders', partition: 0 });
  const partition = partitions.get('orders', 0) as Partition;
  partition.take(record(0, 0))?.settle('ack');
  expect(await committer.flush([partition], 20)).toBe(false);
  expect(broker.commits).toHaveLength(1);
});

test('the end of a partition is committed where nothing is under way, as what lies before it may be no record', () => {
  const { partitions } = start();
  partitions.add({ topic: 'orders', partition: 0 });
  const partition = partitions.get('orders', 0) as Partition;
  const delivery = partition.take(record(0, 4));
  partition.reachEnd(6);
  expect(partition.toCommit).toBeUndefined();
  delivery?.settle('ack');
  expect(partition.toCommit?.offset).toBe(6);
});

test('a record that comes again to the same assignment, after a pause, is passed over', () => {
  const { partitions } = start();
  partitions.add({ topic: 'orders', partition: 0 });
  const partition = partitions.get('orders', 0) as Partition;
  expect([5, 6, 6, 5, 7].map((offset) => partition.take(record(0, offset))?.position)).toEqual([5, 6, undefined, undefined, 7]);
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a last commit that meets a group about to share its partitions is sent again until it counts', async () => {
  const { broker, partitions, committer } = start();
  const partition = assigned(partitions);
  partition.take(record(0, 0))?.settle('ack');
  const flushed = committer.flush([partition], 5000);
  for (const code of [CODES.rebalanceInProgress, CODES.rebalanceInProgress, 0]) {
    while (broker.commits.length === 0) await turn();
    broker.answer(committer, code);
  }
  expect(await flushed).toBe(false);
  expect(broker.committed.get(0)).toBe(1);
});

test('of a partition that went and came back the lane is the same one: who is still at work there is waited for', () => {
  const partitions = new Partitions({ ordering: 'partition', maxBuffered: 10 }, { onRoom: () => undefined });
  const before = assigned(partitions);
  const { lane } = before.take(record(0, 0)) as KafkaDelivery;
  partitions.remove(before);
  expect(lane).toBeDefined();
  expect(assigned(partitions).take(record(0, 0))?.lane).toBe(lane);
});

function assigned(partitions: Partitions): Partition {
  partitions.add({ topic: 'orders', partition: 0 });
  return partitions.get('orders', 0) as Partition;
}
