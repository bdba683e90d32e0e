import { setTimeout as wait } from 'node:timers/promises';
import { Service } from '@patron/core';
import { KafkaComponent } from '@patron/kafka';
import { log } from '@patron/log';
import { withSpan } from '@patron/trace';
import { z } from 'zod';

const orders = new KafkaComponent({
  name: 'orders',
  brokers: process.env['KAFKA_BROKERS'] ?? 'localhost:9092',
  group: 'shipping',
  topics: 'order.placed',
  ordering: 'key',
  schema: z.object({ item: z.string().min(1), takesMs: z.number().min(0).max(60_000).default(5) }),
  failure: { attempts: 3, exhausted: { deadLetter: 'order.placed.dead' } },
  // For the demo: its embedded cluster answers when this is over, where Kafka does as soon as there is something.
  librdkafka: { 'fetch.wait.max.ms': 20 },
  async handle({ value: { item, takesMs } }) {
    log.info('shipping', { item });
    await withSpan('pack the parcel', () => wait(takesMs));
    log.info('shipped', { item });
  },
});

await new Service({ name: 'shipping', version: '1.0.0', components: [orders] }).run();
