import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { KafkaProducer, type KafkaSendError, type Sent } from '@patron/kafka';
import { Members } from '../support/members.ts';
import { RawKafka } from '../support/raw-kafka.ts';
import { describeKafka } from '../support/real-kafka.ts';

interface Ledger {
  readonly resolved: Map<number, Sent>;
  readonly rejected: Map<number, KafkaSendError>;
  readonly sent: number;
}

/** Sends numbered records, a few at a time, until it is told to stop. */
function source(producer: KafkaProducer, topic: string): { ledger: Ledger; stop(): Promise<void> } {
  const ledger = { resolved: new Map<number, Sent>(), rejected: new Map<number, KafkaSendError>(), sent: 0 };
  let isSending = true;
  const open = new Set<Promise<void>>();
  const loop = (async () => {
    while (isSending) {
      for (let n = 0; n < 5; n++) {
        const i = ledger.sent++;
        const one = producer.send({ topic, key: `key-${i % 20}`, value: { i } }).then(
          (sent) => void ledger.resolved.set(i, sent),
          (error: KafkaSendError) => void ledger.rejected.set(i, error),
        );
        open.add(one);
        void one.finally(() => open.delete(one));
      }
      await sleep(20);
    }
  })();
  return {
    ledger,
    async stop() {
      isSending = false;
      await loop;
      await Promise.all(open);
    },
  };
}

describeKafka('a broker that goes away', 1, (kafka) => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    const [node] = kafka().cluster.nodes;
    node?.resume();
    if (node?.isRunning === false) await node.restart();
    for (const close of closing.splice(0)) await close().catch(() => undefined);
  }, 120_000);

  async function start(timeoutMs: number) {
    const { raw, cluster } = kafka();
    const topic = RawKafka.name('failures');
    await raw.createTopic(topic, 4);
    // As docs/kafka.md has it for a cluster of one.
    const librdkafka = { 'session.timeout.ms': 10_000 };
    const members = new Members({ brokers: cluster.brokers, group: topic, topics: topic, librdkafka });
    const producer = new KafkaProducer({ brokers: cluster.brokers, timeoutMs });
    closing.push(
      () => members.stopAll(),
      () => producer.close(AbortSignal.timeout(2000)),
    );
    return { topic, members, producer, node: cluster.nodes[0]! };
  }

  const handled = (members: Members): Set<number> => new Set(members.handled.map(({ value }) => (value as { i: number }).i));

  test('killed and started again: every promise settles, what was acknowledged is handled, the consumer goes on by itself', async () => {
    const { topic, members, producer, node } = await start(60_000);
    const running = members.start('a');
    const { ledger, stop } = source(producer, topic);
    await running.until(() => members.handled.length > 50);
    for (let round = 0; round < 2; round++) {
      await node.kill();
      await sleep(500);
      await node.restart();
      const before = members.handled.length;
      const back = performance.now();
      await running.until(() => members.handled.length > before + 20);
      expect(performance.now() - back).toBeLessThan(25_000);
    }
    await stop();
    expect(ledger.resolved.size + ledger.rejected.size).toBe(ledger.sent);
    expect([...ledger.rejected.values()].map(({ code }) => code)).toEqual([]);
    await running.until(() => handled(members).size === ledger.sent);
  }, 150_000);

  test('frozen for longer than a session: not ready within 17 s, with a reason; ready and reading again within 20 s of the thaw', async () => {
    const { topic, members, producer, node } = await start(60_000);
    const running = members.start('a');
    const { ledger, stop } = source(producer, topic);
    await running.until(() => members.handled.length > 50);
    expect(members.of('a').ready()).toBe(true);
    await node.pause();
    const frozen = performance.now();
    await running.until(() => members.of('a').ready() !== true);
    expect(performance.now() - frozen).toBeLessThan(17_000);
    expect((members.of('a').ready() as { reason: string }).reason).toMatch(/has not answered for \d+ s/);
    await sleep(10_000);
    const before = members.handled.length;
    node.resume();
    const thawed = performance.now();
    await running.until(() => members.handled.length > before + 20 && members.of('a').ready() === true);
    expect(performance.now() - thawed).toBeLessThan(20_000);
    await stop();
    await running.until(
      () => handled(members).size >= ledger.resolved.size && [...ledger.resolved.keys()].every((i) => handled(members).has(i)),
    );
    expect(ledger.rejected.size).toBe(0);
  }, 120_000);

  test('black-holed in the middle of sending: every promise settles within its timeout; resolved means stored', async () => {
    const { topic, producer, node } = await start(3000);
    const settledAt: number[] = [];
    await producer.send({ topic, value: { i: -1 } });
    const results: Promise<'stored' | string>[] = [];
    const send = (i: number): void => {
      const at = performance.now();
      results.push(
        producer.send({ topic, key: String(i), value: { i } }).then(
          () => 'stored',
          (error: KafkaSendError) => error.code,
        ),
      );
      void results.at(-1)?.then(() => settledAt.push(performance.now() - at));
    };
    for (let i = 0; i < 200; i++) send(i);
    await node.pause();
    for (let i = 200; i < 400; i++) send(i);
    const outcomes = await Promise.all(results);
    expect(Math.max(...settledAt)).toBeLessThan(4500);
    expect(new Set(outcomes.slice(200))).toEqual(new Set(['PATRON_KAFKA_SEND_TIMEOUT']));
    expect(producer.pending).toBe(0);
    node.resume();
    await sleep(3000); // what was on the wire is stored now, or never
    const stored = new Set((await kafka().raw.read(topic, 1)).map(({ value }) => (JSON.parse(String(value)) as { i: number }).i));
    outcomes.forEach((outcome, i) => outcome === 'stored' && expect(stored).toContain(i));
    // And it is of use again.
    await producer.send({ topic, value: { i: 9999 } });
  }, 60_000);

  test('closed while nobody answers: what is left is rejected when the deadline comes, and nothing hangs', async () => {
    const { topic, producer, node } = await start(30_000);
    await producer.send({ topic, value: 1 });
    await node.pause();
    const codes = Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        producer.send({ topic, value: i }).then(
          () => 'stored',
          (error: KafkaSendError) => error.code,
        ),
      ),
    );
    const start_ = performance.now();
    await producer.close(AbortSignal.timeout(1000));
    expect(performance.now() - start_).toBeLessThan(8000);
    expect(new Set(await codes)).toEqual(new Set(['PATRON_KAFKA_PRODUCER_CLOSED']));
    await expect(producer.send({ topic, value: 1 })).rejects.toMatchObject({ code: 'PATRON_KAFKA_PRODUCER_CLOSED' });
  }, 60_000);

  test('a consumer that is stopped while nobody answers ends by its deadline', async () => {
    const { topic, members, node, producer } = await start(30_000);
    const running = members.start('a');
    await producer.send({ topic, value: 1 });
    await running.until(() => members.handled.length === 1);
    await node.pause();
    const start_ = performance.now();
    await members.stop('a', 2000);
    expect(performance.now() - start_).toBeLessThan(12_000);
  }, 60_000);
});
