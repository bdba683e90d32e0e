import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { check, most } from '../../support/checker.ts';
import { now } from '../../support/ledger.ts';
import { describeOnKafka, type Place } from '../../support/real-cluster.ts';
import { Chance, sized, tell } from '../../support/seed.ts';
import { Source } from '../../support/sources.ts';

// Promise 3. Of one broker: while it is away, nothing can be sent, read or committed. Of three: the two others take over.
const PARTITIONS = 12;
const RATE = 500;
const TIMEOUT_MS = 20_000;
// On a busy machine a broker that was killed takes longer to find its group again.
const RESUMED_MS = sized({ ci: 40_000, full: 15_000 });
const size = sized({
  ci: { frozenMs: 12_000, restarts: ['SIGKILL'] },
  full: { frozenMs: 60_000, restarts: ['SIGTERM', 'SIGKILL', 'SIGKILL'] },
} as const);
const settings = [
  { ordering: 'key', assignment: 'cooperative-sticky', concurrency: 32 },
  { ordering: 'partition', assignment: 'eager', concurrency: 16 },
] as const;
// Of one that was away for longer than a session the group waits for another: docs/kafka.md has this setting for it.
const alone = { librdkafka: { 'session.timeout.ms': 10_000 } };

// Three take longer than a change can wait for.
describe.each(sized({ ci: [1], full: [1, 3] } as const))('with %d of them', (nodes) => {
  brokersMayGoAway(nodes);
});

function brokersMayGoAway(nodes: 1 | 3): void {
  describeOnKafka('brokers may go away', { nodes }, (stage) => {
    test(
      'consumers go on by themselves when they are back, and every promise of a producer settles in time',
      async () => {
        const chance = new Chance();
        const options = { workMs: 1, ...(nodes === 1 && alone) };
        const first = await stage.place(PARTITIONS, { ...settings[0], ...options });
        const second = await stage.group(first.topic, PARTITIONS, { ...settings[1], ...options });
        const groups: Omit<Place, 'topic'>[] = [first, second];
        await Promise.all(groups.map(({ group }) => group.join(2)));
        const source = new Source(stage.folder, {
          brokers: stage.kafka.brokers,
          topic: first.topic,
          keys: 300,
          rate: RATE,
          timeoutMs: TIMEOUT_MS,
        });
        const resumedMs: number[] = [];
        const resumes = async (back: number): Promise<void> => {
          resumedMs.push(...(await Promise.all(groups.map((place) => resumed(place, back)))));
        };

        await sleep(chance.between(2000, 4000));
        const frozen = chance.of(stage.kafka.nodes);
        await frozen.pause();
        const thaw = now() + size.frozenMs * 1000;
        if (nodes === 3) await resumes(now()); // without it
        await sleep((thaw - now()) / 1000);
        frozen.resume();
        await resumes(now());
        for (const signal of size.restarts) {
          await sleep(chance.between(1000, 3000));
          const node = chance.of(stage.kafka.nodes);
          await node.kill(signal);
          if (nodes === 3) await resumes(now());
          await sleep(chance.between(0, 3000));
          await node.restart();
          await resumes(now());
        }
        const totals = await source.stop();
        const caughtUpMs = await Promise.all(groups.map(({ observer }) => observer.caughtUp(RESUMED_MS)));
        const verdicts = groups.map(({ group }) => check(source.acknowledged(), group.handled()));
        const crashes = groups.flatMap(({ group }) => group.all.length - group.members.length);
        const running = groups.map(({ group }) => most(group.handled().map((one) => one.running)));
        tell('promise 3', chance, { nodes, ...size, resumedMs: resumedMs.map(Math.round), caughtUpMs, totals, verdicts, running });
        const leaves = await Promise.all(groups.map(({ group }) => group.leaveAll()));

        expect(resumedMs.filter((ms) => ms > RESUMED_MS)).toEqual([]);
        expect(totals).toMatchObject({ unsettled: 0, sent: totals.acknowledged + totals.rejected });
        expect(totals.slowestMs).toBeLessThan(TIMEOUT_MS + 2000);
        for (const verdict of verdicts) expect(verdict).toMatchObject({ lost: 0, reordered: 0, storedTwice: 0 });
        expect(caughtUpMs).not.toContain(undefined);
        expect(crashes).toEqual([0, 0]);
        expect(leaves.flat().map(({ code }) => code)).toEqual([0, 0, 0, 0]);
        expect(running[0]).toBeLessThanOrEqual(settings[0].concurrency);
        expect(running[1]).toBeLessThanOrEqual(settings[1].concurrency);
      },
      sized({ ci: 240_000, full: 600_000 }),
    );
  });
}

/** How long it took, from the return of the broker, until every partition was at work again; infinite where one is stuck. */
async function resumed({ group }: Omit<Place, 'topic'>, back: number): Promise<number> {
  const since = new Map<number, number>();
  let seen = group.ledgers.entries.length;
  while (since.size < PARTITIONS) {
    const handled = group.handled();
    for (; seen < handled.length; seen++) {
      const { partition, ended, begun } = handled[seen]!;
      if (begun > back && !since.has(partition)) since.set(partition, ended - back);
    }
    if (now() - back > 60_000_000) return Infinity;
    await sleep(50);
  }
  return Math.max(...since.values()) / 1000;
}
