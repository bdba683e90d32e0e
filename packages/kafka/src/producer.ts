import type { Resource } from '@patron/core';
import type { Codec } from '@patron/core/async';
import { type ActiveOperation, outbound } from '@patron/trace';
import { RecordCarrier } from './carrier.ts';
import { KafkaSendError } from './errors.ts';
import { SendOperations } from './operations.ts';
import { Pending, type Sent } from './pending.ts';
import { type KafkaProducerOptions, resolveProducer } from './producer-options.ts';
import type { OutgoingHeader } from './producer-client.ts';
import { type KafkaRecord, outgoingHeaders, problemOf, toBuffer } from './record.ts';
import { Sender } from './sender.ts';

/**
 * Sends records to Kafka. A promise that resolves means that every replica in sync has the record; every promise settles within
 * `timeoutMs`. Each record carries trace context and correlation id of the work around it onwards, is timed and counted.
 * Records share connections and batches: make one producer per service, and give it to `resources`, so that a stop closes it
 * after whoever uses it.
 *
 * @example
 * ```ts service
 * import { Service } from '@patron/core';
 * import { post, respond, routes } from '@patron/http';
 * import { KafkaProducer } from '@patron/kafka';
 *
 * const producer = new KafkaProducer({ brokers: 'localhost:9092' });
 *
 * const service = new Service({
 *   name: 'shop',
 *   http: routes([
 *     post('/orders', async (request) => {
 *       const order = (await request.json()) as { customer: string };
 *       const { partition, offset } = await producer.send({ topic: 'orders', key: order.customer, value: order }, request.signal);
 *       return respond(202, { id: `${partition}/${offset}` });
 *     }),
 *   ]),
 *   resources: [producer],
 * });
 * await service.run();
 * ```
 */
export class KafkaProducer<T = unknown> implements Resource {
  /** What a service calls it, as one of its resources. */
  readonly name: string;
  readonly #codec: Codec<unknown>;
  readonly #operations = new SendOperations();
  readonly #sender: Sender;
  #closing: Promise<void> | undefined;

  /** @throws KafkaOptionError that names every bad option. */
  constructor(options: KafkaProducerOptions<T>) {
    const { name, codec, settings, timeoutMs } = resolveProducer(options);
    this.name = name;
    this.#codec = codec;
    this.#sender = new Sender(name, settings, timeoutMs);
  }

  /** Records whose promises are not settled yet. */
  get pending(): number {
    return this.#sender.pending;
  }

  /**
   * Sends a record. Where more is sent than leaves, it waits for room, within `timeoutMs`.
   *
   * @param signal - When it aborts, the promise rejects with its reason; the record may be stored all the same.
   * @returns where the record is, once every replica in sync has it.
   * @throws KafkaSendError PATRON_KAFKA_RECORD_INVALID before anything is sent; _SEND_FAILED, _SEND_TIMEOUT, _PRODUCER_CLOSED.
   */
  send(record: KafkaRecord<T>, signal?: AbortSignal): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const problem = this.#sender.isClosed ? undefined : problemOf(record);
      if (problem !== undefined) throw invalid(record, problem);
      if (this.#sender.isClosed) throw new KafkaSendError('PATRON_KAFKA_PRODUCER_CLOSED', record.topic, 'the producer is closed');
      signal?.throwIfAborted();
      const headers = this.#headers(record);
      const body = this.#encode(record);
      if (isPromise(body)) body.then((value) => this.#send(record, value, headers, signal, resolve, reject)).catch(reject);
      else this.#send(record, body, headers, signal, resolve, reject);
    });
  }

  /**
   * Takes no more records, waits for those that are under way, and closes the connection.
   *
   * @param deadline - When it aborts, promises that are not settled reject with PATRON_KAFKA_PRODUCER_CLOSED. @default each its own timeout
   */
  close(deadline?: AbortSignal): Promise<void> {
    this.#closing ??= this.#sender.close(deadline);
    return this.#closing;
  }

  #encode(record: KafkaRecord<T>): Uint8Array | Promise<Uint8Array> | null {
    if (record.value === null) return null;
    try {
      const body = this.#codec.encode(record.value);
      return isPromise(body) ? body.catch((error: unknown) => unencoded(record, error)) : body;
    } catch (error) {
      return unencoded(record, error);
    }
  }

  #headers(record: KafkaRecord<T>): OutgoingHeader[] {
    try {
      return outgoingHeaders(record.headers, this.#codec);
    } catch (error) {
      throw invalid(record, (error as Error).message, error);
    }
  }

  #send(
    { topic, key, partition, timestamp }: KafkaRecord<T>,
    value: Uint8Array | null,
    headers: OutgoingHeader[],
    signal: AbortSignal | undefined,
    resolve: (sent: Sent) => void,
    reject: (error: unknown) => void,
  ): void {
    const carrier = new RecordCarrier(headers, key, value);
    outbound(this.#operations.of(topic), carrier, (active: ActiveOperation) => {
      active.hold(); // it goes on until the broker has answered
      const record = {
        topic,
        partition: partition ?? null,
        value: value === null ? null : toBuffer(value),
        key: key === undefined || key === null ? null : typeof key === 'string' ? key : toBuffer(key),
        timestamp: timestamp === undefined ? null : timestamp.getTime(),
        headers: carrier.headers,
      };
      const pending = new Pending(record, active, resolve, reject);
      if (signal !== undefined) this.#listen(pending, signal);
      this.#sender.add(pending);
    });
  }

  #listen(pending: Pending, signal: AbortSignal): void {
    const abandon = (): void => this.#sender.abandon(pending, signal.reason);
    signal.addEventListener('abort', abandon, { once: true });
    pending.unlisten = () => signal.removeEventListener('abort', abandon);
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null)?.then === 'function';
}

function unencoded(record: KafkaRecord, error: unknown): never {
  throw invalid(record, `its value can't be encoded: ${error instanceof Error ? error.message : String(error)}`, error);
}

function invalid({ topic }: KafkaRecord, problem: string, cause?: unknown): KafkaSendError {
  return new KafkaSendError(
    'PATRON_KAFKA_RECORD_INVALID',
    typeof topic === 'string' ? topic : '',
    problem,
    cause === undefined ? {} : { cause },
  );
}
