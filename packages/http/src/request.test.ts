import { expect, test } from '@jest/globals';
import { fromContext } from '@patron/log';
import { correlationId } from '@patron/trace';
import { RawClient } from '../test/raw-client.ts';
import { ask, logged, serve } from '../test/server.ts';
import { get, type HttpRequest, post, type Route } from './index.ts';

/** What a handler makes of a request, as the answer to it. */
async function see(look: (request: HttpRequest) => unknown, path = '/', headers: Record<string, string | string[]> = {}): Promise<unknown> {
  const port = await serve([get('/', look), get('/orders/:id', look)]);
  const { status, json } = await ask(port, path, { headers });
  expect(status).toBe(200);
  return json;
}

test('a request tells its method, url, path, route and params', async () => {
  const seen = await see(({ method, url, path, route, params }) => ({ method, url, path, route, params }), '/orders/a%20b?x=1');
  expect(seen).toEqual({ method: 'GET', url: '/orders/a%20b?x=1', path: '/orders/a%20b', route: '/orders/:id', params: { id: 'a b' } });
});

test('a query parameter is a string, and an array where it occurs more than once', async () => {
  expect(await see(({ query }) => query, '/?a=1&b=2&a=3&c&d=%C3%A9+x&e=%zz')).toEqual({ a: ['1', '3'], b: '2', c: '', d: 'é x', e: '%zz' });
  expect(await see(({ query }) => query, '/')).toEqual({});
  expect(await see(({ query }) => query, '/?')).toEqual({});
});

test('search params give the first value of a name, or all of them', async () => {
  const seen = await see(
    ({ searchParams }) => ({ first: searchParams.get('a'), all: searchParams.getAll('a'), none: searchParams.get('b') }),
    '/?a=1&a=2',
  );
  expect(seen).toEqual({ first: '1', all: ['1', '2'], none: null });
});

test('a query parameter named __proto__ is a name like any other', async () => {
  const seen = await see(({ query }) => {
    const names = Object.keys(query);
    return { names, value: query['__proto__'], polluted: ({} as { x?: unknown }).x, bare: Object.getPrototypeOf(query) };
  }, '/?__proto__=1&__proto__=2&constructor=x&__proto__[x]=y');
  expect(seen).toEqual({ names: ['__proto__', 'constructor', '__proto__[x]'], value: ['1', '2'], bare: null });
});

test('thousands of query parameters are all there', async () => {
  const query = Array.from({ length: 1500 }, (_, i) => `a${i}=1`).join('&');
  expect(await see((request) => Object.keys(request.query).length, `/?${query}`)).toBe(1500);
});

test('a header is found in any case; doubled, its values are joined', async () => {
  const look = (request: HttpRequest): unknown => [
    request.header('X-One'),
    request.header('x-two'),
    request.header('X-None') ?? null,
    request.headers['x-one'],
  ];
  expect(await see(look, '/', { 'x-oNe': '1', 'X-Two': ['a', 'b'] })).toEqual(['1', 'a, b', null, '1']);
});

test('a header named __proto__ reaches no prototype', async () => {
  const port = await serve([
    get('/', (request) => ({
      value: request.header('__proto__'),
      plain: request.headers['x-a'],
      polluted: ({} as { polluted?: unknown }).polluted,
    })),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n__proto__: polluted\r\nX-A: 1\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.received).toContain('{"value":"polluted","plain":"1"}');
});

test('params are typed by the path, and body and query by their schemas', () => {
  const list: Route[] = [
    get('/orders/:id/items/:item', ({ params }) => [params.id, params.item]),
    // @ts-expect-error the path has no such param
    get('/orders/:id', ({ params }) => params.item),
    // @ts-expect-error nor has one without params
    get('/orders', ({ params }) => params.id),
    get('/orders' as string, ({ params }) => params['any']),
    // @ts-expect-error a GET has no body to validate
    get('/orders', () => 1, { body: undefined as never }),
    // @ts-expect-error without a schema there is no body
    post('/orders', ({ body }) => body.id),
    post('/orders/:a', (request) => {
      const nothing: undefined = request.body;
      const id: string = request.params.a;
      return [nothing, id];
    }),
  ];
  expect(list).toHaveLength(7);
});

test('everything below a handler runs in the context of its request', async () => {
  const port = await serve([
    get('/orders/:id', async (request) => {
      await new Promise((resolve) => setImmediate(resolve));
      fromContext().info('in the handler');
      return [request.correlationId, correlationId()];
    }),
  ]);
  const answer = await ask(port, '/orders/7', { headers: { 'X-Correlation-Id': 'order-4711' } });
  expect(answer.json).toEqual(['order-4711', 'order-4711']);
  expect(answer.headers['x-correlation-id']).toBe('order-4711');
  expect(logged.find({ message: 'in the handler' })?.fields['correlationID']).toBe('order-4711');
});

test('the context is kept behind a body that had to be waited for', async () => {
  const port = await serve([post('/', async (request) => [(await request.text()).length, correlationId()])]);
  const client = await RawClient.to(port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: slow-1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nab');
  await client.send('cd');
  await client.closed;
  expect(client.received).toContain('[4,"slow-1"]');
});

test('a hostile correlation id is replaced, in the answer too', async () => {
  const port = await serve([get('/', (request) => request.correlationId)]);
  const { headers, text } = await ask(port, '/', { headers: { 'X-Correlation-Id': 'a b<script>' } });
  expect(text).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers['x-correlation-id']).toBe(text);
});

test('the peer has an address', async () => {
  expect(await see((request) => [request.remoteAddress])).toEqual(['127.0.0.1']);
});
