import { setTimeout as sleep } from 'node:timers/promises';
import kafka from 'node-rdkafka';

const TIMEOUT_MS = 5000;
const LOOK_EVERY_MS = 100;

interface Observed {
  readonly group: string;
  readonly topic: string;
  readonly partitions: number;
}

/** Looks at a group from outside, as a client of its own that never joins it. */
export class GroupObserver {
  readonly #brokers: string;
  readonly #group: string;
  readonly #topic: string;
  readonly #partitions: readonly number[];
  #consumer: kafka.KafkaConsumer;

  private constructor(brokers: string, { group, topic, partitions }: Observed, consumer: kafka.KafkaConsumer) {
    this.#brokers = brokers;
    this.#group = group;
    this.#topic = topic;
    this.#partitions = Array.from({ length: partitions }, (_, partition) => partition);
    this.#consumer = consumer;
  }

  static async connect(brokers: string, observed: Observed): Promise<GroupObserver> {
    return new GroupObserver(brokers, observed, await connected(brokers, observed));
  }

  /** What the group has committed, by partition; 0 where that is nothing yet. */
  async committed(): Promise<number[]> {
    const asked = this.#partitions.map((partition) => ({ topic: this.#topic, partition }));
    const found = await called<kafka.TopicPartitionOffset[]>((done) => this.#consumer.committed(asked, TIMEOUT_MS, done));
    return this.#partitions.map((partition) => Math.max(0, found.find((one) => one.partition === partition)?.offset ?? 0));
  }

  /** How many records the group has not committed, by partition. */
  async lags(): Promise<number[]> {
    const ends: number[] = [];
    for (const partition of this.#partitions) {
      const { highOffset } = await called<kafka.WatermarkOffsets>((done) =>
        this.#consumer.queryWatermarkOffsets(this.#topic, partition, TIMEOUT_MS, done),
      );
      ends.push(highOffset);
    }
    const committed = await this.committed();
    return ends.map((end, partition) => end - (committed[partition] as number));
  }

  /** Waits until nothing lags. @returns how long that took, undefined where it took longer: the group is stuck */
  async caughtUp(withinMs: number): Promise<number | undefined> {
    const start = performance.now();
    for (;;) {
      let lags: number[] | undefined;
      let problem = '';
      try {
        lags = await this.lags();
      } catch (error) {
        problem = (error as Error).message; // no broker may be there to answer
        await this.#reconnect();
      }
      const ms = performance.now() - start;
      if (lags?.every((lag) => lag === 0) === true) return ms;
      if (ms > withinMs) {
        process.stdout.write(`the group is stuck: its partitions lag by ${lags?.join(', ') ?? `nobody knows how much (${problem})`}\n`);
        return undefined;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Of clients that saw a topic without a leader, some went on so for a minute, though they asked for metadata. A new one knows. */
  async #reconnect(): Promise<void> {
    const before = this.#consumer;
    try {
      this.#consumer = await connected(this.#brokers, { group: this.#group, topic: this.#topic });
    } catch {
      return; // no broker, as before
    }
    await called((done) => before.disconnect(done));
  }

  close(): Promise<void> {
    return called((done) => this.#consumer.disconnect(done));
  }
}

async function connected(brokers: string, { group, topic }: Pick<Observed, 'group' | 'topic'>): Promise<kafka.KafkaConsumer> {
  const consumer = new kafka.KafkaConsumer(
    { 'metadata.broker.list': brokers, 'group.id': group, 'socket.timeout.ms': TIMEOUT_MS, 'reconnect.backoff.max.ms': 500 },
    {},
  );
  consumer.on('event.error', () => undefined); // a broker that is away is why somebody looks
  await called((done) => consumer.connect({ topic, allTopics: false, timeout: 20_000 }, done));
  return consumer;
}

function called<T = void>(call: (done: (error: { message: string } | null | undefined, result?: unknown) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(new Error(error.message)) : resolve(result as T)));
  });
}
