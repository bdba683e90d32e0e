import {
  type ClientSettings,
  KafkaConsumer,
  type LibraryError,
  type RawRecord,
  type rdkafka,
  toError,
  type TopicPartition,
  type TopicPartitionOffset,
} from './client.ts';

/** What a consumer's client tells, in whatever order librdkafka does. */
export interface ConsumerEvents {
  onRebalance(code: number, partitions: readonly TopicPartition[]): void;
  onCommit(code: number, offsets: readonly TopicPartitionOffset[]): void;
  onEndOfPartition(end: TopicPartitionOffset): void;
  onError(error: LibraryError): void;
  onLog(facility: string, severity: number, message: string): void;
  onStatistics(json: string): void;
}

/** A consumer of node-rdkafka, with promises in place of callbacks. */
export class ConsumerClient {
  readonly #consumer: InstanceType<typeof KafkaConsumer>;

  /** @throws LibraryError where librdkafka does not know a setting */
  constructor({ global, topic }: ClientSettings, events: ConsumerEvents) {
    this.#consumer = new KafkaConsumer(
      {
        ...global,
        rebalance_cb: (error: LibraryError | undefined, partitions: readonly TopicPartition[]) =>
          events.onRebalance(error?.code ?? 0, partitions),
        offset_commit_cb: (error: LibraryError | undefined, offsets: readonly TopicPartitionOffset[]) =>
          events.onCommit(error?.code ?? 0, offsets),
      } as rdkafka.ConsumerGlobalConfig,
      topic as rdkafka.ConsumerTopicConfig,
    );
    this.#consumer.on('partition.eof', (end) => events.onEndOfPartition(end));
    this.#consumer.on('event.error', (error) => events.onError(toError(error)));
    this.#consumer.on('event.log', ({ fac, severity, message }: { fac: string; severity: number; message: string }) =>
      events.onLog(fac, severity, message),
    );
    this.#consumer.on('event.stats', ({ message }: { message: string }) => events.onStatistics(message));
  }

  /** Connects and asks for one topic, so that it is known whether a broker answers. @returns its partitions; 0: there is no such topic */
  connect(topic: string, timeoutMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#consumer.connect({ topic, allTopics: false, timeout: timeoutMs }, (error, metadata) =>
        error ? reject(toError(error)) : resolve(partitionsOf(topic, metadata)),
      );
    });
  }

  /** How many partitions a topic has, 0: there is none of that name; and which brokers are there. */
  describe(topic: string, timeoutMs: number): Promise<TopicDescription> {
    return new Promise((resolve, reject) => {
      this.#consumer.getMetadata({ topic, allTopics: false, timeout: timeoutMs }, (error, metadata) => {
        if (error) return reject(toError(error));
        const found = metadata.topics.find(({ name }) => name === topic)?.partitions ?? [];
        const leaders = new Map(found.map(({ id, leader }) => [id, leader]));
        resolve({ partitions: found.length, brokers: metadata.brokers.map(({ id }) => id), leaders });
      });
    });
  }

  subscribe(topics: readonly string[]): void {
    this.#consumer.subscribe([...topics]);
  }

  /** Up to so many records: what is there, or the first that come within `waitMs`. Meanwhile it keeps a thread of libuv's pool. */
  consume(max: number, waitMs: number): Promise<RawRecord[]> {
    this.#consumer.setDefaultConsumeTimeout(waitMs);
    return new Promise((resolve, reject) => {
      this.#consumer.consume(max, (error, records) => (error ? reject(toError(error)) : resolve(records as RawRecord[])));
    });
  }

  get isCooperative(): boolean {
    return this.#consumer.rebalanceProtocol() === 'COOPERATIVE';
  }

  assign(partitions: readonly TopicPartition[], isCooperative: boolean): void {
    if (isCooperative) this.#consumer.incrementalAssign([...partitions]);
    else this.#consumer.assign([...partitions]);
  }

  unassign(partitions: readonly TopicPartition[], isCooperative: boolean): void {
    if (isCooperative) this.#consumer.incrementalUnassign([...partitions]);
    else this.#consumer.unassign();
  }

  /** Gives back what it has, whatever that is: a client that still has partitions, and a full queue, may not come back from its goodbye. */
  unassignAll(): void {
    if (this.#consumer.isConnected()) this.unassign(this.#consumer.assignments(), this.isCooperative);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#consumer.pause([...partitions]);
  }

  /** Records are settled late, too, when the client is gone: there is nothing to resume then. */
  resume(partitions: readonly TopicPartition[]): void {
    if (this.#consumer.isConnected()) this.#consumer.resume([...partitions]);
  }

  /** Sends a commit; its answer is told by `onCommit`, while somebody consumes. */
  commit(offsets: readonly TopicPartitionOffset[]): void {
    this.#consumer.commit([...offsets]);
  }

  /** The offsets that the group has committed; those without one are left out. */
  committed(partitions: readonly TopicPartition[], timeoutMs: number): Promise<TopicPartitionOffset[]> {
    return new Promise((resolve, reject) => {
      this.#consumer.committed([...partitions], timeoutMs, (error, found) => (error ? reject(toError(error)) : resolve(withOffset(found))));
    });
  }

  /** The first offsets at or after `time`, in milliseconds since 1970; negative where there is none yet. */
  offsetsAt(partitions: readonly TopicPartition[], time: number, timeoutMs: number): Promise<TopicPartitionOffset[]> {
    const asked = partitions.map(({ topic, partition }) => ({ topic, partition, offset: time }));
    return new Promise((resolve, reject) => {
      this.#consumer.offsetsForTimes(asked, timeoutMs, (error, found) => (error ? reject(toError(error)) : resolve(withOffset(found))));
    });
  }

  /** Leaves the group and closes every connection. It may never come back: bound it. */
  disconnect(): Promise<void> {
    return new Promise((resolve) => void this.#consumer.disconnect(() => resolve()));
  }
}

/** What is known of a topic. */
export interface TopicDescription {
  readonly partitions: number;
  readonly brokers: readonly number[];
  /** The leader of each partition, by its number; -1 for none. */
  readonly leaders: ReadonlyMap<number, number>;
}

function partitionsOf(topic: string, { topics }: rdkafka.Metadata): number {
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
}

/** A partition that can't be answered for is an Error in the list. */
function withOffset(found: readonly (Partial<TopicPartitionOffset> | Error)[]): TopicPartitionOffset[] {
  return found.filter(
    (one): one is TopicPartitionOffset => !(one instanceof Error) && (one as Partial<TopicPartitionOffset>).offset !== undefined,
  );
}
