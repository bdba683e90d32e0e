import { setTimeout as wait } from 'node:timers/promises';
import { Service } from '@patron/core';
import { post, routes } from '@patron/http';
import { log } from '@patron/log';
import { withSpan } from '@patron/trace';
import { z } from 'zod';

const shelves = new Map([
  ['tea', 7],
  ['coffee', 4],
  ['sugar', 2],
]);

const service = new Service({
  name: 'warehouse',
  version: '1.0.0',
  http: routes([
    post(
      '/reservations',
      async ({ body }) => {
        const shelf = await withSpan('find the shelf', (span) => find(body.item, span));
        log.info('reserved', { item: body.item, shelf });
        return { item: body.item, shelf };
      },
      { body: z.object({ item: z.string().min(1) }) },
    ),
  ]),
});

/** Takes a moment, as a database would. */
async function find(item: string, span: { setAttribute(name: string, value: number): void }): Promise<number> {
  await wait(10);
  const shelf = shelves.get(item);
  if (shelf === undefined) throw new Error(`nobody knows the shelf of ${item}`);
  span.setAttribute('warehouse.shelf', shelf);
  return shelf;
}

await service.run();
