import type { Component, Readiness, RunContext } from '@patron/core';
import { AsyncConsumer } from '@patron/core/async';
import type { KafkaMessage } from './message.ts';
import { type KafkaOptions, resolveKafka } from './options.ts';
import { KafkaTransport } from './transport.ts';

/**
 * A consumer of Kafka topics, as a component of a service. Records of a partition are handled in their order, or those of one key;
 * a record's offset is committed once it is handled, together with all before it; what a rebalance takes away is finished and
 * committed first. What a handler's outcome means is in `docs/consumers.md`, what is Kafka's alone in `docs/kafka.md`.
 *
 * @example
 * ```ts
 * import { Service } from '@patron/core';
 * import { KafkaComponent, KafkaProducer } from '@patron/kafka';
 * import { startKafka } from '@patron/testing';
 *
 * const { brokers, close } = await startKafka(); // in a service: 'kafka-1:9092,kafka-2:9092'
 * const producer = new KafkaProducer({ brokers });
 * await producer.send({ topic: 'orders', key: 'customer-7', value: { id: 4711 } });
 *
 * const stop = new AbortController();
 * const orders = new KafkaComponent<{ id: number }>({
 *   name: 'orders',
 *   brokers,
 *   group: 'billing',
 *   topics: 'orders',
 *   ordering: 'key',
 *   concurrency: 100,
 *   failure: { attempts: 5, exhausted: { deadLetter: 'orders.dead' } },
 *   handle: async ({ value, id }) => {
 *     console.log(id, value.id); // orders/3/0 4711
 *     stop.abort();
 *   },
 * });
 * await new Service({ name: 'billing', components: [orders], resources: [producer] }).run(stop.signal);
 * await close();
 * ```
 */
export class KafkaComponent<T = unknown> implements Component {
  readonly name: string;
  readonly #consumer: AsyncConsumer<KafkaMessage>;

  /** @throws ConsumerOptionError that names every bad option. */
  constructor(options: KafkaOptions<T>) {
    const config = resolveKafka(options);
    this.name = config.consumer.name;
    this.#consumer = new AsyncConsumer(new KafkaTransport(config), config.consumer);
  }

  run(context: RunContext): Promise<void> {
    return this.#consumer.run(context);
  }

  ready(): Readiness {
    return this.#consumer.ready();
  }

  info(): Record<string, unknown> {
    return this.#consumer.info();
  }
}
