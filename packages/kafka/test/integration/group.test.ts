import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import type { KafkaOptions } from '@patron/kafka';
import { metrics } from '@patron/trace';
import { Members } from '../support/members.ts';
import { RawKafka } from '../support/raw-kafka.ts';
import { describeKafka } from '../support/real-kafka.ts';

const value = (i: number): string => JSON.stringify({ i });
const numbers = (from: number, count: number): { value: string; key: string }[] =>
  Array.from({ length: count }, (_, i) => ({ value: value(from + i), key: `key-${(from + i) % 50}` }));

/** Looks at what the group has committed, again and again. @returns what went back */
function observe(raw: RawKafka, topic: string): { stop(): Promise<string[]> } {
  let isLooking = true;
  const back: string[] = [];
  const looking = (async () => {
    let before: (number | undefined)[] = [];
    while (isLooking) {
      const now = await raw.committed(topic, topic);
      now.forEach(
        (offset, partition) =>
          (offset ?? 0) < (before[partition] ?? 0) && back.push(`${partition}: from ${before[partition]} to ${offset}`),
      );
      before = now;
      await sleep(50);
    }
  })();
  return {
    async stop() {
      isLooking = false;
      await looking;
      return back;
    },
  };
}

describeKafka('a group', 1, (kafka) => {
  let all: Members[] = [];
  afterEach(async () => {
    await Promise.all(all.map((members) => members.stopAll().catch(() => undefined)));
    all = [];
  });

  async function group(options: Partial<KafkaOptions> = {}, work?: ConstructorParameters<typeof Members>[1], partitions = 6) {
    const { raw } = kafka();
    const topic = RawKafka.name('group');
    await raw.createTopic(topic, partitions);
    const members = new Members({ brokers: raw.brokers, group: topic, topics: topic, ...options }, work);
    all.push(members);
    return { topic, members, raw };
  }

  test.each(['cooperative-sticky', 'eager'] as const)(
    '%s: members that come and go in order lose nothing and do nothing twice, and each key keeps its order',
    async (assignment) => {
      const { topic, members, raw } = await group({ assignment, ordering: 'key', concurrency: 32 }, () => sleep(Math.random() * 4));
      members.start('a');
      const offsets = observe(raw, topic);
      let sent = 0;
      let isSending = true;
      const sending = (async () => {
        while (isSending) {
          await raw.send(topic, numbers(sent, 100));
          sent += 100;
          await sleep(40);
        }
      })();
      await members.start('b').until(() => members.partitionsOf('b') > 0 && members.handled.some(({ by }) => by === 'b'));
      await members.start('c').until(() => members.handled.some(({ by }) => by === 'c'));
      await members.stop('a');
      await sleep(300);
      await members.start('d').until(() => members.handled.some(({ by }) => by === 'd'));
      await members.stop('b');
      await members.stop('c');
      isSending = false;
      await sending;
      const last = members.start('e');
      await last.until(() => members.counts.size >= sent);
      await members.stopAll();
      expect(members.repeated).toEqual([]);
      expect(members.handled.length).toBe(sent);
      const byKey = new Map<string, number[]>();
      for (const one of members.handled) byKey.set(one.key, [...(byKey.get(one.key) ?? []), (one.value as { i: number }).i]);
      const offsets_ = new Map<string, number[]>();
      for (const { key, id } of members.handled) offsets_.set(key, [...(offsets_.get(key) ?? []), Number(id.split('/')[2])]);
      for (const order of offsets_.values()) expect(order).toEqual([...order].sort((a, b) => a - b));
      for (const order of byKey.values()) expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(await offsets.stop()).toEqual([]);
      const committed = await raw.committed(topic, topic);
      expect(committed.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBe(sent);
    },
    90_000,
  );

  test('a handler that takes longer than max.poll.interval.ms keeps its partition, and holds up no other', async () => {
    const begun = new Map<string, number>();
    const { topic, members, raw } = await group(
      { librdkafka: { 'max.poll.interval.ms': 10_000, 'session.timeout.ms': 6000 } },
      async (message) => {
        begun.set(message.id, (begun.get(message.id) ?? 0) + 1);
        if ((message.value as { i: number }).i === 0) await sleep(14_000);
      },
      4,
    );
    await raw.send(topic, [{ value: value(0), partition: 0 }]);
    const running = members.start('a');
    await running.until(() => begun.size === 1);
    const start = performance.now();
    for (let i = 1; i <= 20; i++) {
      await raw.send(topic, [{ value: value(i), partition: 1 + (i % 3) }]);
      await sleep(50);
    }
    await running.until(() => members.handled.length === 20);
    expect(performance.now() - start).toBeLessThan(8000);
    await running.until(() => members.handled.length === 21);
    await raw.send(topic, [{ value: value(21), partition: 0 }]);
    await running.until(() => members.handled.length === 22);
    expect([...begun.values()].every((count) => count === 1)).toBe(true);
    await members.stopAll();
    expect(await raw.committed(topic, topic)).toEqual([2, 6, 7, 7]);
  }, 60_000);

  test('what a slow handler holds up is not committed over, however much is done behind it', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { topic, members, raw } = await group(
      { ordering: 'key', commitIntervalMs: 50 },
      (message) => ((message.value as { i: number }).i === 5 ? gate : undefined),
      1,
    );
    await raw.send(topic, numbers(0, 40));
    const running = members.start('a');
    await running.until(() => members.handled.length === 39);
    await sleep(300);
    expect(await raw.committed(topic, topic)).toEqual([5]);
    release();
    await running.until(() => members.handled.length === 40);
    await members.stopAll();
    expect(await raw.committed(topic, topic)).toEqual([40]);
  });

  test('more than may be held pauses the partition and goes on: nothing is lost, nothing comes twice', async () => {
    const { topic, members, raw } = await group({ maxBuffered: 20, concurrency: 4, ordering: 'none' }, () => sleep(30), 2);
    await raw.send(topic, numbers(0, 400));
    const running = members.start('a');
    let most = 0;
    await running.until(() => {
      most = Math.max(most, members.of('a').info()['inFlight'] as number);
      return members.handled.length >= 400;
    });
    expect(members.of('a').info()['pauses']).toBeGreaterThan(0);
    await members.stopAll();
    expect(members.repeated).toEqual([]);
    expect(members.handled.length).toBe(400);
  }, 60_000);

  test('a handler that does not end within revokeTimeoutMs is told, and its record goes to the member that gets the partition', async () => {
    const reasons: string[] = [];
    const { topic, members, raw } = await group(
      { revokeTimeoutMs: 300, assignment: 'eager' },
      (message, by) => {
        if (by !== 'a') return undefined;
        return new Promise<void>((_, reject) => {
          message.signal.addEventListener('abort', () => {
            reasons.push((message.signal.reason as { code: string }).code);
            reject(message.signal.reason as Error);
          });
        });
      },
      2,
    );
    await raw.send(topic, [
      { value: value(0), partition: 0 },
      { value: value(1), partition: 1 },
    ]);
    const first = members.start('a');
    await first.until(() => members.of('a').info()['running'] === 2);
    const second = members.start('b');
    await second.until(() => members.handled.some(({ by }) => by === 'b'));
    expect(reasons).toContain('PATRON_MESSAGE_LOST');
    await members.stop('a', 100);
    await second.until(() => members.counts.size === 2);
  }, 60_000);

  test('static members keep their partitions through a restart, without a rebalance for the others', async () => {
    const { topic, members, raw } = await group({}, undefined, 4);
    members.start('a', { instanceId: 'a' });
    const other = members.start('b', { instanceId: 'b' });
    await other.until(() => members.partitionsOf('a') === 2 && members.partitionsOf('b') === 2);
    const before = members.of('b').info()['rebalances'];
    await members.stop('a');
    members.start('a', { instanceId: 'a' });
    await raw.send(topic, numbers(0, 40));
    await other.until(() => members.handled.length === 40);
    expect(members.of('b').info()['rebalances']).toBe(before);
  }, 60_000);

  test('a member whose instance id another one takes is fenced, and fails; what it had goes to the other one', async () => {
    const { topic, members, raw } = await group({ instanceId: 'the-one', restart: { attempts: 0 } }, undefined, 2);
    const first = members.start('a');
    await first.until(() => members.partitionsOf('a') === 2);
    const second = members.start('b');
    const error = (await first.failed()) as Error & { cause: { code: string } };
    expect(error).toMatchObject({ code: 'PATRON_CONSUMER_RESTARTS_EXHAUSTED', cause: { code: 'PATRON_KAFKA_FATAL' } });
    await raw.send(topic, numbers(0, 20));
    await second.until(() => members.handled.length === 20);
    expect(new Set(members.handled.map(({ by }) => by))).toEqual(new Set(['b']));
  }, 60_000);

  test('a group that was never there begins where it is told to; one that was, where it left off', async () => {
    const { topic, members, raw } = await group({}, undefined, 2);
    await raw.send(topic, numbers(0, 20));
    await sleep(50);
    const time = new Date();
    await sleep(50);
    await raw.send(topic, numbers(100, 20));
    const read = async (name: string, options: Partial<KafkaOptions>, more: number): Promise<number[]> => {
      members.handled.length = 0;
      const running = members.start(name, { group: name, ...options });
      await running.until(() => members.partitionsOf(name) === 2 && members.of(name).ready() === true);
      if (more > 0) {
        await sleep(1000);
        await raw.send(topic, numbers(more, 4));
        await running.until(() => members.handled.length >= 4);
      } else await running.until(() => members.handled.length >= 20);
      await sleep(200);
      await members.stop(name);
      return members.handled.map(({ value: one }) => (one as { i: number }).i).sort((a, b) => a - b);
    };
    const fresh = RawKafka.name('begin');
    expect(await read(`${fresh}-date`, { startFrom: time }, 0)).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i));
    expect(await read(`${fresh}-latest`, { startFrom: 'latest' }, 200)).toEqual([200, 201, 202, 203]);
    expect(await read(`${fresh}-since`, { startFrom: { sinceMs: 3_600_000 } }, 0)).toHaveLength(44);
    expect(await read(`${fresh}-date`, { startFrom: new Date(0) }, 300)).toEqual([200, 201, 202, 203, 300, 301, 302, 303]);
  }, 60_000);

  test('a topic that is not there is named, and the consumer fails at once', async () => {
    const { raw } = kafka();
    const members = new Members({ brokers: raw.brokers, group: 'g', topics: ['no-such-topic', 'nor-that'] });
    const error = (await members.start('a').failed()) as Error;
    expect(error).toMatchObject({ code: 'PATRON_KAFKA_TOPIC_MISSING' });
    expect(error.message).toContain('the topics no-such-topic, nor-that do not exist');
  });

  test('how far each partition is stands in the metrics, with how much is left', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { topic, members, raw } = await group(
      { ordering: 'key' },
      (message) => ((message.value as { i: number }).i === 5 ? gate : undefined),
      1,
    );
    await raw.send(topic, numbers(0, 40));
    const running = members.start('a');
    await running.until(() => members.handled.length === 39);
    await sleep(6000); // the next statistics
    const labels = `{topic="${topic}",partition="0",group="${topic}"}`;
    const text = await metrics.scrape();
    for (const line of ['patron_kafka_consumer_lag', 'patron_kafka_committed_offset', 'patron_kafka_consumed_offset'].map(
      (name) => `${name}${labels}`,
    ))
      expect(text).toContain(line);
    const of = (name: string): number => Number(new RegExp(`^${name}\\{topic="${topic}".*\\} (\\d+)$`, 'm').exec(text)?.[1]);
    expect([of('patron_kafka_consumer_lag'), of('patron_kafka_committed_offset'), of('patron_kafka_consumed_offset')]).toEqual([35, 5, 39]);
    release();
    await running.until(() => members.handled.length === 40);
    await members.stopAll();
    expect(await metrics.scrape()).not.toContain(labels);
  }, 60_000);

  test('more consumers in one process than threads of libuv’s pool don’t hold up its files', async () => {
    const { topic, members, raw } = await group({}, undefined, 6);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const all_ = names.map((name) => members.start(name));
    await raw.send(topic, numbers(0, 60));
    await all_[0]!.until(() => members.handled.length >= 60 && names.every((name) => members.partitionsOf(name) === 1));
    const { readFile } = await import('node:fs/promises');
    const start = performance.now();
    for (let i = 0; i < 20; i++) await readFile(new URL(import.meta.url));
    expect(performance.now() - start).toBeLessThan(1000);
  }, 60_000);
});
