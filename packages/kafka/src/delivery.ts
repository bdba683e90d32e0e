import type { Attempt, Delivery, Settlement } from '@patron/core/async';
import type { Carrier } from '@patron/trace';
import type { RawRecord } from './client.ts';
import { nameOf, textOf } from './headers.ts';
import { idOf, KafkaMessage } from './message.ts';
import type { Partition } from './partition.ts';

/** A record on its way to its handler: the one object that is made per record, so it is the carrier of its headers too. */
export class KafkaDelivery implements Delivery<KafkaMessage>, Carrier {
  readonly group: Partition;
  readonly record: RawRecord;
  readonly lane: unknown;
  readonly #ticket: number;

  constructor(group: Partition, record: RawRecord, ticket: number, lane: unknown) {
    this.group = group;
    this.record = record;
    this.lane = lane;
    this.#ticket = ticket;
  }

  get position(): number {
    return this.record.offset;
  }

  get source(): string {
    return this.group.topic;
  }

  get id(): string {
    return idOf(this.record);
  }

  get carrier(): Carrier {
    return this;
  }

  get body(): Buffer | null {
    return this.record.value;
  }

  get contentType(): string | undefined {
    return this.get('content-type');
  }

  message(value: unknown, attempt: Attempt): KafkaMessage {
    return new KafkaMessage(this.record, value, attempt);
  }

  settle(how: Settlement): void {
    this.group.settle(this.#ticket, how);
  }

  get(name: string): string | undefined {
    return textOf(this.record.headers, name);
  }

  set(name: string): never {
    throw new TypeError(`${this.id} was received: its header ${name} can't be set`);
  }

  keys(): Iterable<string> {
    return (this.record.headers ?? []).map(nameOf);
  }

  /** By the semantic conventions for Kafka. */
  attributes(): Record<string, string | number | boolean> {
    const { partition, offset, key, value } = this.record;
    return {
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': offset,
      ...(key !== null && { 'messaging.kafka.message.key': key.toString() }),
      ...(value === null ? { 'messaging.kafka.message.tombstone': true } : { 'messaging.message.body.size': value.length }),
    };
  }
}
