import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { check, most } from '../../support/checker.ts';
import type { Entry } from '../../support/ledger.ts';
import { describeOnKafka } from '../../support/real-cluster.ts';
import { Chance, tell } from '../../support/seed.ts';
import { KafkasOwnSource } from '../../support/sources.ts';

// Promise 8, with handlers that are worst for it: they go on when their record is no longer theirs, while it comes again.
const PARTITIONS = 4;
const RECORDS = 3000;
const RATE = 300;
/** Little, so that what waits after a freeze is many times as much. */
const MAX_BUFFERED = 20;
/** A record whose handler still runs when its partition is lost and comes back. */
const SLOW = { value: RECORDS / 2, ms: 18_000 };
const settings = [
  { ordering: 'key', assignment: 'cooperative-sticky', concurrency: 12 },
  { ordering: 'none', assignment: 'eager', concurrency: 7 },
  { ordering: 'partition', assignment: 'cooperative-sticky', concurrency: 3 },
] as const;

describeOnKafka('concurrency bounds what a consumer does at once, and maxBuffered what it holds', { nodes: 1 }, (stage) => {
  test('never more handlers run than it says, nor two of one lane, nor are more records held than it says, also when members or the broker freeze for longer than a session', async () => {
    const chance = new Chance();
    const [node] = stage.kafka.nodes;
    const options = {
      isHeedless: true,
      isWatched: true,
      maxBuffered: MAX_BUFFERED,
      workMs: 5,
      slow: SLOW,
      librdkafka: { 'session.timeout.ms': 6000 },
    };
    const first = await stage.place(PARTITIONS, { ...settings[0], ...options });
    const groups = [
      first,
      ...(await Promise.all(settings.slice(1).map((one) => stage.group(first.topic, PARTITIONS, { ...one, ...options })))),
    ];
    await Promise.all(groups.map(({ group }) => group.join(2)));
    const source = await KafkasOwnSource.start({
      brokers: stage.kafka.brokers,
      topic: first.topic,
      records: RECORDS,
      rate: RATE,
      keys: 100,
    });
    try {
      while (groups.some(({ group }) => group.handled().length < RECORDS / 10)) await sleep(20);
      for (const { group } of groups) group.members[0]!.kill('SIGSTOP');
      await sleep(chance.between(7000, 8000)); // longer than a session lasts
      for (const { group } of groups) group.members[0]!.kill('SIGCONT');
      while (groups.some(({ group }) => !group.handled().some(({ sequence }) => sequence > SLOW.value + 50))) await sleep(20);
      await node!.pause();
      await sleep(chance.between(8000, 9000));
      node!.resume();
      await source.ended();
    } finally {
      source.kill();
    }
    const caughtUpMs = await Promise.all(groups.map(({ observer }) => observer.caughtUp(60_000)));
    await Promise.all(groups.map(({ group }) => group.leaveAll()));
    const figures = groups.map(({ group }, index) => ({
      ...settings[index]!,
      held: group.lines('most held').map(({ inAll, ofPartition }) => ({ inAll: Number(inAll), ofPartition: Number(ofPartition) })),
      running: most(group.handled().map(({ running }) => running)),
      ...check(source.acknowledged(), group.handled()),
    }));
    tell('promise 8', chance, { caughtUpMs, figures });

    expect(source.acknowledged().length).toBeGreaterThan(RECORDS / 2);
    for (const { held, concurrency } of figures) {
      expect(held).toHaveLength(2);
      expect(most(held.map(({ ofPartition }) => ofPartition))).toBeGreaterThanOrEqual(MAX_BUFFERED); // it gets there
      for (const { inAll, ofPartition } of held) {
        expect(ofPartition).toBeLessThan(2 * MAX_BUFFERED);
        // Handlers of partitions that were lost go on, whatever they are told.
        expect(inAll).toBeLessThan(2 * MAX_BUFFERED * PARTITIONS + concurrency);
      }
    }
    for (const { running, concurrency, lost, reordered } of figures) {
      expect(running).toBe(concurrency); // it gets there, and not past it
      expect(lost).toBe(0);
      if (concurrency !== settings[1].concurrency) expect(reordered).toBe(0);
    }
    expect(caughtUpMs).not.toContain(undefined);
    for (const [index, { group }] of groups.entries()) {
      if (settings[index]!.ordering === 'none') continue;
      for (const entries of group.ledgers.byFile.values()) expect(overlaps(entries, settings[index]!.ordering)).toEqual([]);
    }
  }, 180_000);
});

/** Records of one lane that a process had in hand at the same time. */
function overlaps(entries: readonly Entry[], ordering: 'key' | 'partition'): string[] {
  const ends = new Map<string, Entry>();
  const found: string[] = [];
  for (const entry of [...entries].sort((a, b) => a.begun - b.begun)) {
    const lane = ordering === 'key' ? `${entry.partition}/${entry.key}` : `${entry.partition}`;
    const before = ends.get(lane);
    if (before !== undefined && before.ended > entry.begun) found.push(`${lane}: ${before.offset} and ${entry.offset}`);
    ends.set(lane, entry);
  }
  return found;
}
