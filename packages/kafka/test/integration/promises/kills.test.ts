import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { check, most } from '../../support/checker.ts';
import type { ConsumerGroup } from '../../support/consumer-group.ts';
import { describeOnKafka } from '../../support/real-cluster.ts';
import { Chance, isFull, sized, tell } from '../../support/seed.ts';
import { Source } from '../../support/sources.ts';

// Promise 1. A killed member is missed by its group when its session ends; until then its partitions stand still.
const PARTITIONS = 12;
const size = sized({
  ci: { records: 12_000, rate: 1200, kills: 4, freezes: 2, workMs: 1 },
  full: { records: 200_000, rate: 1250, kills: 20, freezes: 8, workMs: 0 },
});
const CAUGHT_UP_MS = 30_000;
const settings = [
  { ordering: 'key', assignment: 'cooperative-sticky', concurrency: 32 },
  { ordering: 'partition', assignment: 'eager', concurrency: 16 },
] as const;

describeOnKafka('consumers may be killed or frozen at any moment', { nodes: 1 }, (stage) => {
  // With the full figures they would be in each other's way.
  (isFull ? test : test.concurrent).each(settings)(
    'nothing is lost, and each key is first handled in order (by $ordering, $assignment)',
    async (options) => {
      const chance = new Chance();
      const { topic, group, observer } = await stage.place(PARTITIONS, {
        ...options,
        workMs: size.workMs,
        ...(!isFull && { librdkafka: { 'session.timeout.ms': 6000 } }),
      });
      await group.join(3);
      const source = new Source(stage.folder, { brokers: stage.kafka.brokers, topic, keys: 300, rate: size.rate, records: size.records });
      const sent = source.ended();
      await disturb(chance, group, ((size.records / size.rate) * 1000) / (size.kills + size.freezes));
      const totals = await sent;
      const caughtUpMs = await observer.caughtUp(CAUGHT_UP_MS);
      const verdict = check(source.acknowledged(), group.handled());
      const running = most(group.handled().map((one) => one.running));
      tell('promise 1', chance, { ...options, ...size, caughtUpMs, ...verdict, running, rejected: totals.rejected });
      await group.leaveAll();

      expect(totals).toMatchObject({ sent: size.records, acknowledged: size.records });
      expect(verdict).toMatchObject({ lost: 0, reordered: 0, storedTwice: 0, handled: size.records });
      expect(caughtUpMs).toBeLessThan(CAUGHT_UP_MS);
      expect(running).toBeLessThanOrEqual(options.concurrency);
    },
    sized({ ci: 150_000, full: 400_000 }),
  );
});

/** Kills and freezes, one of three at a time, in an order and at moments that come from the seed; the last one is a kill. */
async function disturb(chance: Chance, group: ConsumerGroup, everyMs: number): Promise<void> {
  const acts: ('kill' | 'freeze')[] = [...Array<'kill'>(size.kills - 1).fill('kill'), ...Array<'freeze'>(size.freezes).fill('freeze')];
  for (let last = acts.length - 1; last > 0; last--) {
    const other = Math.floor(chance.between(0, last + 1));
    [acts[last], acts[other]] = [acts[other]!, acts[last]!];
  }
  const thaws: Promise<void>[] = [];
  for (const act of [...acts, 'kill'] as const) {
    await sleep(everyMs * chance.between(0.4, 1.6));
    const member = chance.of(group.members);
    if (act === 'kill') {
      await group.crash(member);
      group.start();
    } else {
      member.kill('SIGSTOP');
      // Shorter than its session, or longer: then others have its partitions when it thaws.
      thaws.push(sleep(chance.of([500, 3000, 12_000])).then(() => member.kill('SIGCONT')));
    }
  }
  await Promise.all(thaws);
}
