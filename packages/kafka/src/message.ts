import type { Attempt, Message, MessageHeaders } from '@patron/core/async';
import type { RawRecord } from './client.ts';
import { KafkaHeaders } from './headers.ts';

/**
 * What a handler gets of a Kafka topic.
 *
 * @example
 * ```ts
 * import type { KafkaMessage } from '@patron/kafka';
 *
 * function handle({ value, key, topic, partition, offset, headers, signal }: KafkaMessage<{ id: number } | null>): void {
 *   if (value === null) console.log('deleted:', key?.toString()); // a tombstone
 *   else console.log(value.id, `${topic}/${partition}/${offset}`, headers.get('content-type'), signal.aborted);
 * }
 *
 * console.log(handle.length); // 1
 * ```
 */
export class KafkaMessage<T = unknown> implements Message<T> {
  readonly value: T;
  /** Which of our tries at it this is: 1 for the first. */
  readonly attempt: number;
  readonly #record: RawRecord;
  readonly #attempt: Attempt;
  #headers: KafkaHeaders | undefined;

  /** @internal */
  constructor(record: RawRecord, value: T, attempt: Attempt) {
    this.value = value;
    this.attempt = attempt.number;
    this.#record = record;
    this.#attempt = attempt;
  }

  get body(): Buffer | null {
    return this.#record.value;
  }

  /** Null where the record has none. */
  get key(): Buffer | null {
    return this.#record.key;
  }

  get topic(): string {
    return this.#record.topic;
  }

  get partition(): number {
    return this.#record.partition;
  }

  get offset(): number {
    return this.#record.offset;
  }

  get headers(): MessageHeaders {
    this.#headers ??= new KafkaHeaders(this.#record.headers);
    return this.#headers;
  }

  get id(): string {
    return idOf(this.#record);
  }

  get source(): string {
    return this.#record.topic;
  }

  /** When it was sent, or appended, as the topic's `message.timestamp.type` says. */
  get timestamp(): Date {
    return new Date(this.#record.timestamp);
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
}

export function idOf({ topic, partition, offset }: RawRecord): string {
  return `${topic}/${partition}/${offset}`;
}
