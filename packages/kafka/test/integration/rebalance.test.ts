import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import type { Running } from '@patron/core/testing';
import type { KafkaMessage, KafkaOptions } from '@patron/kafka';
import { setLevel } from '@patron/log';
import { Gate } from '../support/gate.ts';
import { Members } from '../support/members.ts';
import { RawKafka } from '../support/raw-kafka.ts';
import { describeKafka } from '../support/real-kafka.ts';

const PARTITIONS = 6;
/**
 * Between the two joins of a new member. Heartbeats of 500 ms tell of each round, so it is the second of them where nothing is
 * waited for, 945 ms seen, and the third where librdkafka waits, 1,435 and more.
 */
const JOINS_MS = 1200;
/** Longer than any of what happens here. */
const LONG_MS = 60_000;
const records = (): { value: string; partition: number }[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => ({ value: '{}', partition }));

describeKafka('while a group shares its partitions anew', 1, (kafka) => {
  let all: Members[] = [];
  let gates: Gate[] = [];
  const gate = (): Gate => {
    const made = new Gate();
    gates.push(made);
    return made;
  };
  afterEach(async () => {
    setLevel('info');
    for (const one of gates) one.open();
    gates = [];
    await Promise.all(all.map((members) => members.stopAll().catch(() => undefined)));
    all = [];
  });

  /** Two members, `a` and `b`, that have three partitions each. */
  async function two(options: Partial<KafkaOptions>, work?: (message: KafkaMessage, by: string) => unknown) {
    const { raw } = kafka();
    const topic = RawKafka.name('rebalance');
    await raw.createTopic(topic, PARTITIONS);
    const members = new Members({ brokers: raw.brokers, group: topic, topics: topic, ...options }, work);
    all.push(members);
    members.start('a');
    await members.start('b').until(() => members.partitionsOf('a') === 3 && members.partitionsOf('b') === 3);
    return { topic, members, raw };
  }

  /** A third one, as soon as it is told that it has nothing yet: the two others are giving back what it is to have. */
  async function third(members: Members): Promise<Running> {
    const running = members.start('c');
    await running.until(() => (members.of('c').info()['rebalances'] as number) > 0);
    return running;
  }

  test('the next round waits for nobody who has joined a moment ago', async () => {
    const { members } = await two({ librdkafka: { debug: 'cgrp', log_level: 7 } });
    const least: number[] = [];
    setLevel('debug');
    for (let i = 0; i < 5 && !least.some((ms) => ms < JOINS_MS); i++) {
      while (members.partitionsOf('a') + members.partitionsOf('b') < PARTITIONS) await sleep(5);
      kafka().log.clear();
      await members.start('c').until(() => members.partitionsOf('c') === 2);
      const joins = kafka()
        .log.lines.filter(({ fields }) => fields['component'] === 'c' && /-> wait-join /.test(String(fields['text'])))
        .map(({ time }) => Number(time));
      least.push(Number(joins.at(-1)) - Number(joins.at(-2)));
      await members.stop('c');
    }
    expect(Math.min(...least)).toBeLessThan(JOINS_MS);
  }, 60_000);

  test('what a member did after it had joined again is not done twice when it is stopped before the others have', async () => {
    const held = gate();
    const { topic, members, raw } = await two({ commitIntervalMs: LONG_MS, revokeTimeoutMs: LONG_MS }, (message, by) =>
      by === 'b' && message.offset === 0 ? held.opened : undefined,
    );
    await raw.send(topic, records());
    while (members.of('b').info()['running'] !== 3 || members.handled.length < 3) await sleep(5);
    const rebalances = members.of('a').info()['rebalances'] as number;
    const last = await third(members);
    // It has given one back, has been given none, and asks to join.
    await last.until(() => members.partitionsOf('a') === 2 && members.of('a').info()['rebalances'] === rebalances + 2);
    await raw.send(topic, records());
    await last.until(() => members.handled.filter(({ by }) => by === 'a').length === 5);
    const stopped = members.stop('a');
    await sleep(500); // so that its last commit is on its way
    held.open();
    await stopped;
    await raw.send(topic, records()); // behind what would come twice
    await last.until(() => members.counts.size === 3 * PARTITIONS);
    await members.stopAll();
    expect(members.repeated).toEqual([]);
  }, 60_000);
});
