import { Service } from '@patron/core';
import { get, notFound, routes, unavailable } from '@patron/http';
import { HttpClient } from '@patron/http/client';
import { log } from '@patron/log';

const backend = new HttpClient({ baseUrl: process.env['BACKEND_URL'] ?? 'http://localhost:50001', timeoutMs: 5000 });

const service = new Service({
  name: 'frontend',
  version: '1.0.0',
  http: routes([
    get('/offers/:item', async ({ params }) => {
      log.info('asked for an offer', { item: params.item });
      const price = await backend.get('/prices/:item', { params });
      if (price.status === 404) throw notFound(`we don't sell ${params.item}`);
      if (!price.ok) throw unavailable('prices are not to be had now');
      return { offer: await price.json() };
    }),
  ]),
  resources: [backend],
});

await service.run();
