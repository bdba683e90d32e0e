import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { check, most } from '../../support/checker.ts';
import type { Entry } from '../../support/ledger.ts';
import { RawKafka } from '../../support/raw-kafka.ts';
import { describeOnKafka } from '../../support/real-cluster.ts';
import { Chance, sized, tell } from '../../support/seed.ts';
import { Source } from '../../support/sources.ts';

// Promise 5.
const PARTITIONS = 4;
const { slowMs, pollMs } = sized({ ci: { slowMs: 6000, pollMs: 3000 }, full: { slowMs: 25_000, pollMs: 10_000 } });
/** More than a group without such a handler, whose records a busy machine may hold up as well. */
const LATE_MS = 1000;
const settings = [
  { ordering: 'partition', assignment: 'cooperative-sticky' },
  { ordering: 'key', assignment: 'cooperative-sticky' },
  { ordering: 'partition', assignment: 'eager' },
] as const;

describeOnKafka('a slow handler does not lose its place', { nodes: 1, settings: { 'group.min.session.timeout.ms': '1000' } }, (stage) => {
  test(`work of ${slowMs / 1000} s under a poll interval of ${pollMs / 1000} s is delivered once, and others go on meanwhile`, async () => {
    const chance = new Chance();
    const options = {
      workMs: 1,
      slow: { value: -1, ms: slowMs },
      librdkafka: { 'max.poll.interval.ms': pollMs, 'session.timeout.ms': Math.min(pollMs, 6000), 'heartbeat.interval.ms': 500 },
    };
    const first = await stage.place(PARTITIONS, { ...settings[0], ...options });
    const others = await Promise.all(settings.slice(1).map((one) => stage.group(first.topic, PARTITIONS, { ...one, ...options })));
    const groups = [first, ...others];
    const control = await stage.group(first.topic, PARTITIONS, { ...settings[0], ...options, slow: { value: -1, ms: 1 } });
    await Promise.all([...groups, control].map(({ group }) => group.join(1)));
    const source = new Source(stage.folder, { brokers: stage.kafka.brokers, topic: first.topic, keys: 100, rate: 200 });
    while (groups.some(({ group }) => group.handled().length < 50)) await sleep(20);
    const raw = await RawKafka.connect(stage.kafka.brokers);
    await raw.send(first.topic, [{ key: 'slow', value: '-1' }]);
    await raw.close();
    while (groups.some(({ group }) => !group.handled().some(({ key }) => key === 'slow'))) await sleep(100);
    await sleep(pollMs); // time for a second delivery
    const totals = await source.stop();
    const caughtUpMs = await Promise.all(groups.map(({ observer }) => observer.caughtUp(20_000)));
    const given = groups.flatMap(({ group }) => [...group.lines('partitions given back'), ...group.lines('partitions lost')]);
    const sentAt = new Map(source.acknowledged().map(({ partition, offset, begun }) => [`${partition}/${offset}`, begun]));
    const latency = ({ partition, offset, ended }: Entry): number => (ended - sentAt.get(`${partition}/${offset}`)!) / 1000;
    const usualMs = most(control.group.handled().flatMap((entry) => (entry.key === 'slow' ? [] : [latency(entry)])));
    const figures = groups.map(({ group }, index) => {
      const slow = group.handled().filter(({ key }) => key === 'slow');
      // In its own lane records wait for it, as they have to.
      const free = group
        .handled()
        .filter(({ key, partition }) => key !== 'slow' && (settings[index]!.ordering === 'key' || partition !== slow[0]!.partition));
      const during = free.filter(({ ended }) => ended > slow[0]!.begun && ended < slow[0]!.ended);
      const verdict = check(source.acknowledged(), group.handled());
      return { ...settings[index]!, deliveries: slow.length, during: during.length, latestMs: most(during.map(latency)), ...verdict };
    });
    tell('promise 5', chance, { slowMs, pollMs, caughtUpMs, usualMs, figures });
    await Promise.all([...groups, control].map(({ group }) => group.leaveAll()));

    expect(totals.rejected).toBe(0);
    for (const { deliveries, during, latestMs, ...verdict } of figures) {
      expect(deliveries).toBe(1);
      expect(during).toBeGreaterThan((slowMs / 1000) * 200 * 0.5);
      expect(latestMs).toBeLessThan(usualMs + LATE_MS);
      expect(verdict).toMatchObject({ lost: 0, duplicated: 0, reordered: 0 });
    }
    expect(given).toEqual([]);
    expect(caughtUpMs).not.toContain(undefined);
  }, 180_000);
});
