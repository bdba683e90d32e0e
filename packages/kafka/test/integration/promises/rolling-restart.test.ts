import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { check, longestStandstill } from '../../support/checker.ts';
import type { Leave } from '../../support/consumer-group.ts';
import { describeOnKafka } from '../../support/real-cluster.ts';
import { Chance, sized, tell } from '../../support/seed.ts';
import { Source } from '../../support/sources.ts';

// Promise 2.
const PARTITIONS = 12;
const RATE = 2000;
const restarts = sized({ ci: 5, full: 20 });
// A busy machine may take its time to start the next member, with which partitions move; a stop that waits for an answer which
// doesn't come takes five seconds more than it has to.
const EXIT_MS = sized({ ci: 4500, full: 10_000 });
const MOVED_MS = sized({ ci: 8000, full: 3000 });
const settings = [
  { ordering: 'key', assignment: 'cooperative-sticky', concurrency: 32 },
  { ordering: 'partition', assignment: 'eager', concurrency: 16 },
] as const;

describeOnKafka('a rolling restart is invisible', { nodes: 1 }, (stage) => {
  test.each(settings)(
    'nothing is lost, nothing handled twice, and every partition soon goes on (by $ordering, $assignment)',
    async (options) => {
      const chance = new Chance();
      const { topic, group, observer } = await stage.place(PARTITIONS, { ...options, workMs: 1 });
      await group.join(3);
      const source = new Source(stage.folder, { brokers: stage.kafka.brokers, topic, keys: 300, rate: RATE });
      const leaves: Leave[] = [];
      for (let restart = 0; restart < restarts; restart++) {
        await sleep(chance.between(200, 1500));
        const [member] = group.members; // the oldest: each is replaced in its turn
        await group.join(1);
        leaves.push(await group.leave(member!));
      }
      const totals = await source.stop();
      const caughtUpMs = await observer.caughtUp(20_000);
      leaves.push(...(await group.leaveAll()));
      const verdict = check(source.acknowledged(), group.handled());
      const exitMs = Math.max(...leaves.map(({ ms }) => ms));
      const standstillMs = longestStandstill(group.handled());
      tell('promise 2', chance, { ...options, restarts, ...verdict, exitMs, standstillMs, caughtUpMs, rejected: totals.rejected });

      expect(totals).toMatchObject({ rejected: 0, acknowledged: totals.sent });
      expect(verdict).toMatchObject({ lost: 0, duplicated: 0, reordered: 0, storedTwice: 0 });
      expect(leaves.filter(({ code, ms }) => code !== 0 || ms > EXIT_MS)).toEqual([]);
      expect(caughtUpMs).toBeDefined();
      expect(standstillMs).toBeLessThan(MOVED_MS);
    },
    sized({ ci: 120_000, full: 400_000 }),
  );
});
