import { setTimeout as wait } from 'node:timers/promises';
import { type Component, Service } from '@patron/core';
import { get, notFound, routes } from '@patron/http';
import { log } from '@patron/log';
import { metrics, withSpan } from '@patron/trace';

const prices = new Map([['tea', 4.5]]);

// A metric of our own, beside those that every service has.
const lookups = metrics.counter({ name: 'price_lookups_total', help: 'Prices that were asked for.', labels: ['outcome'] });

/** A step with a span of its own. */
function lookUp(item: string): Promise<number | undefined> {
  return withSpan('look up the price', async (span) => {
    span.setAttribute('shop.item', item);
    await wait(5); // a database would take as long
    if (item === 'broken') throw new Error('the price list is torn');
    return prices.get(item);
  });
}

/** Runs beside the routes; the dashboard shows whether it is ready. */
const inflation: Component = {
  name: 'inflation',
  async run({ signal }) {
    while (!signal.aborted) {
      await wait(60_000, undefined, { signal }).catch(() => undefined);
      for (const [item, price] of prices) prices.set(item, price * 1.01);
    }
  },
};

const service = new Service({
  name: 'backend',
  version: '1.0.0',
  components: [inflation],
  http: routes([
    get('/prices/:item', async ({ params }) => {
      const price = await lookUp(params.item);
      lookups.labels({ outcome: price === undefined ? 'unknown' : 'found' }).inc();
      if (price === undefined) throw notFound(`no price for ${params.item}`);
      log.info('priced', { item: params.item, price });
      return { item: params.item, price };
    }),
  ]),
});

await service.run();
