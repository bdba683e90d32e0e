import type { Codec, DeadLetter } from '@patron/core/async';
import type { KafkaConnectionOptions } from './connection.ts';
import type { KafkaDelivery } from './delivery.ts';
import { nameOf, valueOf } from './headers.ts';
import { KafkaProducer } from './producer.ts';

/** Bytes as they are, under the media type that they came with. */
const unchanged: Codec<Buffer> = { contentTypes: [], encode: (value) => value, decode: (value) => Buffer.from(value) };

const PREFIX = 'x-dead-letter-';

/** Publishes what can't be handled: key, body and headers as they came, and where they came from. */
export class DeadLetterProducer {
  readonly #connection: KafkaConnectionOptions;
  readonly #consumer: string;
  /** Made with the first dead letter: most consumers never have one. */
  #producer: KafkaProducer<Buffer> | undefined;

  constructor(consumer: string, connection: KafkaConnectionOptions) {
    this.#consumer = consumer;
    this.#connection = connection;
  }

  /** Resolves when the broker has it. */
  async publish(delivery: KafkaDelivery, { destination, headers }: DeadLetter): Promise<void> {
    this.#producer ??= new KafkaProducer({ ...this.#connection, name: `dead letters of ${this.#consumer}`, codec: unchanged });
    const { key, value, topic, partition, offset, timestamp } = delivery.record;
    const origin = {
      [`${PREFIX}topic`]: topic,
      [`${PREFIX}partition`]: String(partition),
      [`${PREFIX}offset`]: String(offset),
      ...(timestamp >= 0 && { [`${PREFIX}timestamp`]: new Date(timestamp).toISOString() }),
    };
    const all = [...received(delivery), ...Object.entries(headers), ...Object.entries(origin)];
    await this.#producer.send({ topic: destination, key, value, headers: all });
  }

  async close(deadline: AbortSignal): Promise<void> {
    await this.#producer?.close(deadline);
  }
}

/** The headers that came. Bytes that are no text can't be sent: those go as base64, and a header names them. */
function received({ record: { headers = [] } }: KafkaDelivery): [string, string][] {
  const encoded = new Set<string>();
  const list = headers.map((header): [string, string] => {
    const name = nameOf(header);
    const bytes = valueOf(header, name);
    const text = bytes.toString();
    if (!text.includes('\0') && Buffer.from(text).equals(bytes)) return [name, text];
    encoded.add(name);
    return [name, bytes.toString('base64')];
  });
  const sent = list.filter(([name]) => name !== '' && !name.includes('\0'));
  return encoded.size === 0 ? sent : [...sent, [`${PREFIX}base64-headers`, [...encoded].join(',')]];
}
