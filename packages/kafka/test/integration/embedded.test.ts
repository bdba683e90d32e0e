import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conformance, Running } from '@patron/core/testing';
import { KafkaComponent } from '@patron/kafka';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { type EmbeddedKafka, startKafka } from '@patron/testing';
import { kafkaHarness } from '../support/harness.ts';
import { RawKafka } from '../support/raw-kafka.ts';

let cluster: EmbeddedKafka;
let raw: RawKafka;
const log = memoryLog();

beforeAll(async () => {
  setup(log);
  cluster = await startKafka();
  raw = await RawKafka.connect(cluster.brokers);
});
afterAll(async () => {
  await raw.close();
  await cluster.close();
});

// In that cluster a group waits 3 s for its first members, and as long as a session lasts, but for a second, for later ones.
const options = { librdkafka: { 'session.timeout.ms': 4000, 'heartbeat.interval.ms': 500 } };

test.concurrent.each(conformance({ order: 'key', nack: false, tombstones: true }).map(({ title, run }) => [title, run] as const))(
  'on the embedded cluster, ordered by key: %s',
  async (_title, run) => {
    await run(kafkaHarness({ raw, ordering: 'key', partitions: undefined, options }));
  },
  60_000,
);

test('without a broker the consumer says where it has looked and why; a stop does not wait for one', async () => {
  const options = { name: 'consumer', brokers: '127.0.0.1:1', group: 'g', topics: 't', handle: () => undefined };
  const failing = new Running(new KafkaComponent({ ...options, connectTimeoutMs: 500, restart: { attempts: 0 } }));
  const error = (await failing.failed()) as Error & { cause: unknown };
  expect(error.cause).toMatchObject({
    code: 'PATRON_KAFKA_UNREACHABLE',
    message: expect.stringMatching(/no broker of 127\.0\.0\.1:1 answered within 0\.5 s: .*refused/),
  });
  const waiting = new Running(new KafkaComponent({ ...options, connectTimeoutMs: 4000 }));
  await sleep(300);
  const start = performance.now();
  await waiting.stop();
  expect(performance.now() - start).toBeLessThan(2000);
}, 30_000);
