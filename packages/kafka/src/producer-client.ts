import { type ClientSettings, type LibraryError, Producer, type rdkafka, toError } from './client.ts';

/** A header as node-rdkafka takes it: an object with one property. It makes text of every value, up to its first NUL. */
export type OutgoingHeader = Readonly<Record<string, string>>;

/** A record on its way out. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number | null;
  readonly value: Buffer | null;
  readonly key: Buffer | string | null;
  /** Milliseconds since 1970; null: now. */
  readonly timestamp: number | null;
  readonly headers: readonly OutgoingHeader[];
}

/** What a producer's client tells. */
export interface ProducerEvents<O> {
  /** What became of a record, while somebody polls. Exactly once for each, as a rule. */
  onReport(error: LibraryError | null, record: O, partition: number, offset: number): void;
  onError(error: LibraryError): void;
  onLog(facility: string, severity: number, message: string): void;
  /** While somebody polls. */
  onStatistics(json: string): void;
}

/** A producer of node-rdkafka, with promises in place of callbacks. */
export class ProducerClient<O> {
  readonly #producer: InstanceType<typeof Producer>;

  /** @throws LibraryError where librdkafka does not know a setting */
  constructor({ global, topic }: ClientSettings, events: ProducerEvents<O>) {
    this.#producer = new Producer({ ...global, dr_cb: true } as rdkafka.ProducerGlobalConfig, topic as rdkafka.ProducerTopicConfig);
    this.#producer.on('delivery-report', (error: rdkafka.LibrdKafkaError | null, { opaque, partition, offset }) =>
      events.onReport(error === null ? null : toError(error), opaque as O, partition, offset),
    );
    this.#producer.on('event.error', (error) => events.onError(toError(error)));
    this.#producer.on('event.log', ({ fac, severity, message }: { fac: string; severity: number; message: string }) =>
      events.onLog(fac, severity, message),
    );
    this.#producer.on('event.stats', ({ message }: { message: string }) => events.onStatistics(message));
  }

  /** Connects; resolves when a broker has answered. */
  connect(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#producer.connect({ allTopics: false, timeout: timeoutMs }, (error) => (error ? reject(toError(error)) : resolve()));
    });
  }

  /** Queues a record; `opaque` comes back with its report. @throws LibraryError `queueFull` and others */
  produce({ topic, partition, value, key, timestamp, headers }: OutgoingRecord, opaque: O): void {
    this.#producer.produce(topic, partition, value, key, timestamp, opaque, headers as OutgoingHeader[]);
  }

  /** Brings the reports that are there. */
  poll(): void {
    if (this.#producer.isConnected()) this.#producer.poll();
  }

  /** Sends what is queued without lingering; resolves when all of it is reported, or the time is up. */
  flush(timeoutMs: number): Promise<void> {
    if (!this.#producer.isConnected()) return Promise.resolve();
    return new Promise((resolve) => void this.#producer.flush(timeoutMs, () => resolve()));
  }

  /** It may never come back: bound it. */
  disconnect(): Promise<void> {
    if (!this.#producer.isConnected()) return Promise.resolve();
    return new Promise((resolve) => void this.#producer.disconnect(100, () => resolve()));
  }
}
