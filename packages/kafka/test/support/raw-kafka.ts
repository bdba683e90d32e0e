import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafka from 'node-rdkafka';

/** A record as a test sends it, through node-rdkafka alone: nothing of this package is in it. */
export interface RawSent {
  readonly value: Buffer | string | null;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly partition?: number;
}

const TIMEOUT_MS = 20_000;

/** A client of a test beside the one under test: sends, reads, makes topics. */
export class RawKafka {
  readonly brokers: string;
  readonly #producer: kafka.Producer;

  private constructor(brokers: string, producer: kafka.Producer) {
    this.brokers = brokers;
    this.#producer = producer;
  }

  static async connect(brokers: string): Promise<RawKafka> {
    const producer = new kafka.Producer({ 'metadata.broker.list': brokers, 'linger.ms': 1, 'enable.idempotence': true, dr_cb: true }, {
      partitioner: 'murmur2_random',
    } as never);
    await called((done) => producer.connect({ timeout: TIMEOUT_MS }, done));
    producer.setPollInterval(2);
    return new RawKafka(brokers, producer);
  }

  /** A name nobody has. */
  static name(of: string): string {
    return `${of}-${randomBytes(6).toString('hex')}`;
  }

  /** Makes a topic: by the admin protocol, or, where a broker has none, by asking for it. */
  async createTopic(topic: string, partitions: number | undefined): Promise<void> {
    if (partitions !== undefined) {
      const admin = kafka.AdminClient.create({ 'metadata.broker.list': this.brokers });
      await called((done) => admin.createTopic({ topic, num_partitions: partitions, replication_factor: -1 }, TIMEOUT_MS, done));
      admin.disconnect();
    }
    const end = performance.now() + TIMEOUT_MS;
    while ((await this.partitionsOf(topic)) < (partitions ?? 1)) {
      if (performance.now() > end) throw new Error(`the topic ${topic} did not come into being`);
      await sleep(20);
    }
  }

  async partitionsOf(topic: string): Promise<number> {
    const metadata = await called<kafka.Metadata>((done) =>
      this.#producer.getMetadata({ topic, allTopics: false, timeout: TIMEOUT_MS }, done),
    );
    return metadata.topics.find(({ name }) => name === topic)?.partitions.filter(({ leader }) => leader >= 0).length ?? 0;
  }

  /** Resolves once the broker has all of them: one that it does not have must not look like one that was lost behind it. */
  async send(topic: string, records: readonly RawSent[]): Promise<void> {
    const call = {};
    const problems: string[] = [];
    let stored = 0;
    const onReport = (error: { message: string } | null, { opaque }: kafka.DeliveryReport): void => {
      if (opaque !== call) return;
      if (error) problems.push(error.message);
      else stored++;
    };
    this.#producer.on('delivery-report', onReport);
    for (const { value, key, headers = {}, partition } of records) {
      const list = Object.entries(headers).map(([name, text]) => ({ [name]: text }));
      this.#producer.produce(topic, partition ?? null, value === null ? null : Buffer.from(value), key, null, call, list);
    }
    await called((done) => this.#producer.flush(TIMEOUT_MS, done));
    const end = performance.now() + TIMEOUT_MS;
    while (stored + problems.length < records.length && performance.now() < end) await sleep(2); // reports are polled for
    this.#producer.removeListener('delivery-report', onReport);
    if (stored < records.length) throw new Error(`${stored} of ${records.length} records are in ${topic}: ${problems[0] ?? 'no report'}`);
  }

  /** All of a topic, once there is so much, and what comes within a moment more. */
  async read(topic: string, count: number): Promise<kafka.Message[]> {
    const partitions = await this.partitionsOf(topic);
    const consumer = new kafka.KafkaConsumer(
      { 'metadata.broker.list': this.brokers, 'group.id': RawKafka.name('reader'), 'enable.auto.commit': false },
      { 'auto.offset.reset': 'earliest' },
    );
    await called((done) => consumer.connect({ topic, allTopics: false, timeout: TIMEOUT_MS }, done));
    consumer.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })));
    consumer.setDefaultConsumeTimeout(200);
    const records: kafka.Message[] = [];
    const end = performance.now() + TIMEOUT_MS;
    for (let isQuiet = false; records.length < count || !isQuiet; ) {
      const more = await called<kafka.Message[]>((done) => consumer.consume(1000, done));
      isQuiet = more.length === 0;
      records.push(...more);
      if (performance.now() > end) throw new Error(`${records.length} of ${count} records in ${topic} after ${TIMEOUT_MS / 1000} s`);
    }
    consumer.unassign();
    await called((done) => consumer.disconnect(done));
    return records;
  }

  /** What a group has committed, by partition. */
  async committed(topic: string, group: string): Promise<(number | undefined)[]> {
    const consumer = new kafka.KafkaConsumer({ 'metadata.broker.list': this.brokers, 'group.id': group }, {});
    await called((done) => consumer.connect({ topic, allTopics: false, timeout: TIMEOUT_MS }, done));
    const asked = Array.from({ length: await this.partitionsOf(topic) }, (_, partition) => ({ topic, partition }));
    const end = performance.now() + TIMEOUT_MS;
    let found: kafka.TopicPartitionOffset[] | undefined;
    while (found === undefined) {
      try {
        found = await called<kafka.TopicPartitionOffset[]>((done) => consumer.committed(asked, TIMEOUT_MS, done));
      } catch (error) {
        if (performance.now() > end) throw error; // a group that has just been made has no coordinator for a moment
        await sleep(50);
      }
    }
    await called((done) => consumer.disconnect(done));
    return asked.map(({ partition }) => found.find((one) => one.partition === partition)?.offset);
  }

  async close(): Promise<void> {
    await called((done) => this.#producer.disconnect(TIMEOUT_MS, done));
  }
}

/** The promise of what takes a callback. */
function called<T = unknown>(
  call: (done: (error: { message: string } | null | undefined, result?: unknown) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(new Error(error.message)) : resolve(result as T)));
  });
}
