import { Service } from '@patron/core';
import { get, post, respond, routes } from '@patron/http';
import { KafkaComponent, KafkaProducer } from '@patron/kafka';
import { log } from '@patron/log';
import { Order } from './order.ts';

const brokers = process.env['KAFKA_BROKERS'] ?? 'localhost:9092';
const producer = new KafkaProducer<Order>({ brokers });
const totals = new Map<string, number>();

const consumer = new KafkaComponent({
  name: 'orders',
  brokers,
  group: 'billing',
  topics: 'orders',
  ordering: 'key', // one customer's orders one after the other, those of others meanwhile
  schema: Order,
  failure: { attempts: 3, exhausted: { deadLetter: 'orders.dead' } },
  handle({ value: { customer, item, amount } }) {
    if (item === 'gold') throw new Error('nobody can send gold by mail');
    totals.set(customer, (totals.get(customer) ?? 0) + amount);
    log.info('billed', { customer, item, amount });
  },
});

const service = new Service({
  name: 'orders',
  version: '1.0.0',
  http: routes([
    post(
      '/orders',
      async ({ body, signal }) => {
        // Answered once every replica in sync has the record.
        const { partition, offset } = await producer.send({ topic: 'orders', key: body.customer, value: body }, signal);
        return respond(202, { id: `orders/${partition}/${offset}` });
      },
      { body: Order },
    ),
    get('/customers/:customer', ({ params: { customer } }) => ({ customer, billed: totals.get(customer) ?? 0 })),
  ]),
  components: [consumer],
  resources: [producer], // closed after the routes have answered
});

await service.run();
