import type { Component } from '@patron/core';
import { AsyncConsumer, type DeadLetter, type Delivery } from '@patron/core/async';
import type { Harness, Wanted } from '@patron/core/testing';
import type { KafkaMessage, KafkaOptions } from '@patron/kafka';
import { resolveKafka } from '../../src/options.ts';
import { KafkaTransport } from '../../src/transport.ts';
import { RawKafka } from './raw-kafka.ts';

/** What differs from broker to broker. */
export interface HarnessOptions {
  readonly raw: RawKafka;
  readonly ordering: 'partition' | 'key';
  /** Undefined: the broker makes topics by itself. */
  readonly partitions: number | undefined;
  readonly options?: Partial<KafkaOptions>;
}

/** Kafka for the conformance suite. */
export function kafkaHarness({ raw, ordering, partitions, options }: HarnessOptions): Harness {
  return {
    features: { order: ordering, nack: false, tombstones: true },
    async place() {
      const topic = RawKafka.name('place');
      const deadLetter = `${topic}.dead`;
      await raw.createTopic(topic, partitions);
      await raw.createTopic(deadLetter, partitions);
      const failing = { count: 0 };
      return {
        deadLetter,
        send: (messages) =>
          raw.send(
            topic,
            messages.map(({ body, key, headers = {} }) => ({ value: body, key, headers })),
          ),
        consumer: (wanted) => component({ ...options, brokers: raw.brokers, group: topic, topics: topic, ordering }, wanted, failing),
        async deadLetters(count) {
          const records = await raw.read(deadLetter, count);
          return records.map(({ value, headers = [] }) => ({
            body: value,
            headers: Object.fromEntries(headers.flatMap((header) => Object.entries(header).map(([name, text]) => [name, String(text)]))),
          }));
        },
        failDeadLetters: (count) => (failing.count = count),
        close: async () => undefined,
      };
    },
  };
}

/** A KafkaComponent, but for a producer of dead letters that fails when it is told to. */
function component(place: Omit<KafkaOptions, 'name' | 'handle'>, wanted: Wanted, failing: { count: number }): Component {
  const config = resolveKafka({ ...place, ...(wanted as Pick<KafkaOptions, 'handle'>), name: 'consumer' });
  const consumer = new AsyncConsumer(new FailingTransport(config, failing), config.consumer);
  return { name: 'consumer', run: (context) => consumer.run(context), ready: () => consumer.ready(), info: () => consumer.info() };
}

class FailingTransport extends KafkaTransport {
  readonly #failing: { count: number };

  constructor(config: ReturnType<typeof resolveKafka>, failing: { count: number }) {
    super(config);
    this.#failing = failing;
  }

  override async publishDeadLetter(delivery: Delivery<KafkaMessage>, letter: DeadLetter): Promise<void> {
    if (this.#failing.count > 0) {
      this.#failing.count--;
      throw new Error('the broker does not take it now');
    }
    await super.publishDeadLetter(delivery, letter);
  }
}
