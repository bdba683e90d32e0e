import { Service } from '../../../packages/core/dist/index.js';
import { apiKey, compression, cors, get, rateLimit, routes, securityHeaders } from '../../../packages/http/dist/index.js';

// Which of them stand around the route, by name. `refuse`: the rate limit lets through nobody, else nobody meets it.
const guards = (process.env['GUARDS'] ?? '').split(',');

/** @type {Record<string, () => import('../../../packages/http/dist/index.js').Middleware>} */
const makers = {
  compression: () => compression(),
  cors: () => cors({ origins: ['https://shop.example'] }),
  rateLimit: () =>
    rateLimit({
      limit: guards.includes('refuse') ? 1 : 1_000_000_000,
      windowMs: 31 * 86_400_000, // the longest: its end comes at any time
      key: (request) => request.clientAddress,
      advertise: false,
    }),
  securityHeaders: () => securityHeaders(),
};
const middlewares = guards.flatMap((name) => makers[name]?.() ?? []);
const auth = guards.includes('auth') ? apiKey(new Map([['key-of-the-bench', 'bench']])) : undefined;
const open = get('/hello/:name', ({ params }) => ({ hello: params.name }));
const guarded = get('/hello/:name', ({ params }) => ({ hello: params.name }), auth === undefined ? {} : { auth });
const large = { orders: Array.from({ length: 100 }, (_, id) => ({ id, item: `item ${id}`, price: id * 7, stock: id % 3 === 0 })) };
const longer = get('/large', () => large);
const beside = get('/guarded', () => 'in', auth === undefined ? {} : { auth });

// `hit`: the route itself is guarded; else it stands beside one that is.
await new Service({ name: 'hello', http: routes([guards.includes('hit') ? guarded : open, longer, beside], { middlewares }) }).run();
