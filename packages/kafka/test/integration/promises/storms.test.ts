import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { check } from '../../support/checker.ts';
import { CommitWatch } from '../../support/commit-watch.ts';
import type { ConsumerGroup } from '../../support/consumer-group.ts';
import { describeOnKafka } from '../../support/real-cluster.ts';
import { Chance, isFull, sized, tell } from '../../support/seed.ts';
import { Source } from '../../support/sources.ts';

// Promise 4, and what it rests on: a group never commits what has not been handled.
const PARTITIONS = 12;
const RATE = 1000;
const MOST = 5;
const size = sized({ ci: { changes: 8, seconds: 20 }, full: { changes: 30, seconds: 120 } });
const settings = [
  { ordering: 'key', assignment: 'cooperative-sticky', concurrency: 32 },
  { ordering: 'partition', assignment: 'eager', concurrency: 16 },
] as const;

describeOnKafka('members may come and go all the time', { nodes: 1 }, (stage) => {
  // With the full figures they would be in each other's way.
  (isFull ? test : test.concurrent).each(settings)(
    'a committed offset never goes back and never passes what is not handled; nothing is lost (by $ordering, $assignment)',
    async (options) => {
      const chance = new Chance();
      const { topic, group, observer } = await stage.place(PARTITIONS, { ...options, workMs: 2, commitIntervalMs: 100 });
      await group.join(2);
      const source = new Source(stage.folder, { brokers: stage.kafka.brokers, topic, keys: 300, rate: RATE });
      const watch = CommitWatch.start(observer, group.ledgers);
      const counts = await storm(chance, group);
      const totals = await source.stop();
      const caughtUpMs = await observer.caughtUp(30_000);
      const commits = await watch.stop();
      await group.leaveAll();
      const verdict = check(source.acknowledged(), group.handled());
      tell('promise 4', chance, { ...options, ...size, ...counts, ...verdict, ...commits, caughtUpMs, rejected: totals.rejected });

      expect(commits).toMatchObject({ wentBack: [], tooHigh: [] });
      expect(commits.looks).toBeGreaterThan(size.seconds);
      expect(verdict).toMatchObject({ lost: 0, reordered: 0, storedTwice: 0 });
      expect(totals.rejected).toBe(0);
      expect(caughtUpMs).toBeDefined();
    },
    sized({ ci: 120_000, full: 400_000 }),
  );
});

/** Joins, leaves and crashes, from two members to five. */
async function storm(chance: Chance, group: ConsumerGroup): Promise<{ joins: number; leaves: number; crashes: number }> {
  const counts = { joins: 0, leaves: 0, crashes: 0 };
  const leaving: Promise<unknown>[] = [];
  for (let change = 0; change < size.changes; change++) {
    await sleep(((size.seconds * 1000) / size.changes) * chance.between(0.4, 1.6));
    const mayJoin = group.members.length < MOST;
    const mayGo = group.members.length > 1;
    if (mayJoin && (!mayGo || chance.next() < 0.5)) {
      group.start();
      counts.joins++;
    } else if (chance.next() < 0.5) {
      leaving.push(group.leave(chance.of(group.members)));
      counts.leaves++;
    } else {
      await group.crash(chance.of(group.members));
      counts.crashes++;
    }
  }
  await Promise.all(leaving);
  return counts;
}
