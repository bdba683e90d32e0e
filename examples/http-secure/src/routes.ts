import {
  accessLog,
  apiKey,
  compression,
  cors,
  eventStream,
  get,
  group,
  loadShedding,
  post,
  rateLimit,
  respond,
  routes,
  type Routes,
  securityHeaders,
} from '@patron/http';
import { openapi } from '@patron/http/openapi';
import { staticFiles } from '@patron/http/static';
import { z } from 'zod';
import { clock, numbers } from './streams.ts';
import { photos } from './photos.ts';

const Order = z.object({ item: z.string().min(1), amount: z.number().int().positive() }).meta({ id: 'Order' });
const Stored = Order.extend({ id: z.string() }).meta({ id: 'StoredOrder' });

/** All of it: an API for who has a key, streams, uploads, and a site. */
export function handler(key: string): Routes {
  const partners = apiKey(new Map([[key, { name: 'partner' }]]));
  const orders = new Map<string, z.infer<typeof Stored>>();
  const site = staticFiles(new URL('../public/', import.meta.url), { fallback: 'index.html' });

  const api = group('/api', [
    post(
      '/orders',
      ({ body }) => {
        const order = { id: String(orders.size + 1), ...body };
        orders.set(order.id, order);
        return order;
      },
      { auth: partners, body: Order, answer: Stored, summary: 'Orders something' },
    ),
    get('/orders', () => [...orders.values()], { auth: partners, answer: z.array(Stored), summary: 'All orders' }),
    photos(partners),
    get('/numbers', ({ query }) => respond(200, numbers(query.count), { 'Content-Type': 'text/plain; charset=utf-8' }), {
      query: z.object({ count: z.coerce.number().int().min(1).max(10_000_000).default(1000) }),
      summary: 'A line for each number',
    }),
    get('/clock', (request) => eventStream(request, clock), {
      headers: z.looseObject({
        'last-event-id': z
          .string()
          .regex(/^\d{1,15}$/)
          .optional(),
      }),
      summary: 'Events, one a second',
    }),
    get('/openapi.json', () => document, { hidden: true }),
  ]);
  const served = routes([...api, get('/', site, { hidden: true }), get('/*path', site, { hidden: true })], {
    middlewares: [
      accessLog(),
      securityHeaders({ contentSecurityPolicy: "default-src 'self'; frame-ancestors 'none'" }),
      cors({ origins: ['https://partner.example'], headers: ['authorization', 'content-type'] }),
      loadShedding({ maxEventLoopDelayMs: 500, maxInFlight: 5000 }),
      rateLimit({ ratePerSecond: 1000, burst: 2000, key: ({ clientAddress }) => clientAddress }),
      compression(),
    ],
  });
  const document = openapi(served, {
    info: { title: 'Shop', version: '1.0.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
  });
  return served;
}
