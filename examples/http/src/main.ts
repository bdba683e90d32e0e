import { setTimeout as wait } from 'node:timers/promises';
import { Service } from '@patron/core';
import { get, HttpError, notFound, post, routes } from '@patron/http';
import { HttpClient } from '@patron/http/client';
import { log } from '@patron/log';
import { withSpan } from '@patron/trace';
import { z } from 'zod';

const stock = new Map([['tea', 12]]);
const warehouse = new HttpClient({ baseUrl: process.env['WAREHOUSE_URL'] ?? 'http://localhost:50001' });

const brokers = process.env['KAFKA_BROKERS'];
// Loaded where there is Kafka only: its client has to be compiled, and this example runs without one too.
const kafka = brokers === undefined ? undefined : new (await import('@patron/kafka')).KafkaProducer({ brokers });

const service = new Service({
  name: 'shop',
  version: '1.0.0',
  http: routes([
    get('/stock/:item', ({ params }) => {
      const left = stock.get(params.item);
      if (left === undefined) throw notFound(`no ${params.item} here`);
      log.info('looked up', { item: params.item });
      return { item: params.item, left };
    }),
    post(
      '/orders',
      async ({ body }) => {
        const { item, takesMs } = body;
        log.info('ordering', { item });
        await withSpan('price the order', () => wait(takesMs));
        // Carries trace and correlation id to the warehouse.
        const reserved = await warehouse.post('/reservations', { json: { item } });
        if (!reserved.ok) throw new HttpError(502, { error: 'the warehouse could not reserve it' });
        // And to whoever reads of it; answered once every replica in sync has it.
        await kafka?.send({ topic: 'order.placed', key: item, value: { item, takesMs } });
        log.info('ordered', { item });
        return { ordered: item };
      },
      { body: z.object({ item: z.string().min(1), takesMs: z.number().min(0).max(60_000).default(5) }) },
    ),
  ]),
  resources: kafka === undefined ? [warehouse] : [warehouse, kafka],
});

await service.run();
