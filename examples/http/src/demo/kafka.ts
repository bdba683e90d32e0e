import { startKafka } from '@patron/testing';
import type { KafkaConsumer, LibrdKafkaError, Message, Metadata, Producer, TopicPartitionOffset, WatermarkOffsets } from 'node-rdkafka';

const TIMEOUT_MS = 10_000;

type Done<T> = (error: LibrdKafkaError | null | undefined, result?: T) => void;

/** Kafka inside of this process, and what somebody beside the services does with it. */
export interface DemoKafka {
  readonly brokers: string;
  /** Makes a topic: in this cluster it comes into being by being asked for. */
  createTopic(topic: string): Promise<void>;
  /** Sends bytes as a producer does that knows nothing of patron. */
  send(topic: string, key: string, value: string): Promise<void>;
  /** The headers of the only record of a topic. */
  headersOf(topic: string): Promise<Record<string, string>>;
  /** How many records of a topic a group has not committed. */
  lag(topic: string, group: string): Promise<number>;
  close(): Promise<void>;
}

/** @throws TestingError where node-rdkafka has not been compiled */
export async function startDemoKafka(): Promise<DemoKafka> {
  const cluster = await startKafka();
  // Not before it is known to load.
  const { default: rdkafka } = await import('node-rdkafka');
  const connection = { 'metadata.broker.list': cluster.brokers };
  const producer = new rdkafka.Producer({ ...connection, 'linger.ms': 0 });
  await called<Metadata>((done) => producer.connect({ timeout: TIMEOUT_MS }, done));
  const partitions = async (topic: string) =>
    Array.from({ length: await partitionsOf(producer, topic) }, (_, partition) => ({ topic, partition }));

  /** A consumer for one question. */
  const ask = async <T>(group: string, question: (consumer: KafkaConsumer) => Promise<T>): Promise<T> => {
    const consumer = new rdkafka.KafkaConsumer({ ...connection, 'group.id': group, 'enable.auto.commit': false }, {});
    await called<Metadata>((done) => consumer.connect({ timeout: TIMEOUT_MS }, done));
    try {
      return await question(consumer);
    } finally {
      await called((done) => consumer.disconnect(done));
    }
  };

  return {
    brokers: cluster.brokers,
    async createTopic(topic) {
      await partitionsOf(producer, topic);
    },
    async send(topic, key, value) {
      producer.produce(topic, null, Buffer.from(value), key);
      await called((done) => producer.flush(TIMEOUT_MS, done));
    },
    headersOf: (topic) =>
      ask('demo', async (consumer) => {
        consumer.setDefaultConsumeTimeout(TIMEOUT_MS);
        consumer.assign((await partitions(topic)).map((one) => ({ ...one, offset: 0 })));
        const [record] = await called<Message[]>((done) => consumer.consume(1, done));
        consumer.unassign();
        const headers = record?.headers ?? [];
        return Object.fromEntries(headers.flatMap((header) => Object.entries(header).map(([name, value]) => [name, String(value)])));
      }),
    lag: (topic, group) =>
      ask(group, async (consumer) => {
        const all = await partitions(topic);
        const committed = await called<TopicPartitionOffset[]>((done) => consumer.committed(all, TIMEOUT_MS, done));
        const ends = await Promise.all(
          all.map(({ partition }) =>
            called<WatermarkOffsets>((done) => consumer.queryWatermarkOffsets(topic, partition, TIMEOUT_MS, done)),
          ),
        );
        return ends.reduce((lag, { highOffset }, partition) => lag + highOffset - Math.max(0, committed[partition]?.offset ?? 0), 0);
      }),
    async close() {
      await called((done) => producer.disconnect(TIMEOUT_MS, done));
      await cluster.close();
    },
  };
}

async function partitionsOf(producer: Producer, topic: string): Promise<number> {
  const { topics } = await called<Metadata>((done) => producer.getMetadata({ topic, allTopics: false, timeout: TIMEOUT_MS }, done));
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
}

/** The promise of what takes a callback. */
function called<T = unknown>(call: (done: Done<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(new Error(error.message)) : resolve(result as T)));
  });
}
