import { setTimeout as wait } from 'node:timers/promises';
import { Service } from '@patron/core';
import { get, notFound, post, routes } from '@patron/http';
import { log } from '@patron/log';
import { z } from 'zod';

const stock = new Map([['tea', 12]]);

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
        log.info('ordering', { item: body.item });
        await wait(body.takesMs);
        log.info('ordered', { item: body.item });
        return { ordered: body.item };
      },
      { body: z.object({ item: z.string().min(1), takesMs: z.number().min(0).max(60_000).default(0) }) },
    ),
  ]),
});

await service.run();
