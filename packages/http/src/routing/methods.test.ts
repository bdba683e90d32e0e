import { expect, test } from '@jest/globals';
import { RawClient } from '../../test/raw-client.ts';
import { ask, serve } from '../../test/server.ts';
import { del, get, head, type Middleware, options, post, put, respond } from '../index.ts';

const list = [
  get('/orders', () => []),
  post('/orders', () => 1),
  get('/orders/:id', () => 1),
  put('/orders/latest', () => 1),
  del('/files/*path', () => 1),
  head('/ping', () => undefined),
  post('/jobs/:id?', () => 1),
];

test('a path with routes answers OPTIONS with 204 and the methods that it has, sorted', async () => {
  const port = await serve(list);
  for (const [path, allow] of [
    ['/orders', 'GET, HEAD, OPTIONS, POST'],
    ['/orders/7', 'GET, HEAD, OPTIONS'],
    ['/orders/latest', 'GET, HEAD, OPTIONS, PUT'],
    ['/files/a/b', 'DELETE, OPTIONS'],
    ['/ping', 'HEAD, OPTIONS'],
    ['/jobs', 'OPTIONS, POST'],
    ['/jobs/7', 'OPTIONS, POST'],
  ]) {
    const { status, text, headers } = await ask(port, path as string, { method: 'OPTIONS' });
    expect([path, status, text, headers.allow]).toEqual([path, 204, '', allow]);
    expect(headers['x-correlation-id']).toBeDefined();
    const refused = await ask(port, path as string, { method: 'PATCH' });
    expect([path, refused.status, refused.headers.allow]).toEqual([path, 405, allow]);
  }
});

test('a path without routes answers OPTIONS with 404', async () => {
  const port = await serve(list);
  for (const path of ['/', '/order', '/orders/', '/files/']) expect((await ask(port, path, { method: 'OPTIONS' })).status).toBe(404);
});

test('an OPTIONS route wins over the answer by itself', async () => {
  const port = await serve([...list, options('/orders', () => respond(200, { own: true }))]);
  expect((await ask(port, '/orders', { method: 'OPTIONS' })).json).toEqual({ own: true });
  expect((await ask(port, '/orders', { method: 'PUT' })).headers.allow).toBe('GET, HEAD, OPTIONS, POST');
  expect((await ask(port, '/orders/7', { method: 'OPTIONS' })).status).toBe(204);
});

test('a middleware of all routes may answer OPTIONS first, and sees it without a route', async () => {
  const seen: unknown[] = [];
  const cors: Middleware = (next) => (request) => {
    if (request.method !== 'OPTIONS') return next(request);
    seen.push([request.path, request.route]);
    return request.header('access-control-request-method') === undefined ? next(request) : respond(204, undefined, { 'X-By': 'cors' });
  };
  const port = await serve(list, { middlewares: [cors] });
  const preflight = await ask(port, '/orders/7', { method: 'OPTIONS', headers: { 'Access-Control-Request-Method': 'GET' } });
  expect([preflight.status, preflight.headers['x-by'], preflight.headers.allow]).toEqual([204, 'cors', undefined]);
  expect((await ask(port, '/orders/7', { method: 'OPTIONS' })).headers.allow).toBe('GET, HEAD, OPTIONS');
  expect(seen).toEqual([
    ['/orders/7', undefined],
    ['/orders/7', undefined],
  ]);
});

test('the handler and the middlewares of a route do not run for an OPTIONS that patron answers', async () => {
  let ran = 0;
  const counting: Middleware = (next) => (request) => (ran++, next(request));
  const port = await serve([get('/a', () => ran++, { middlewares: [counting] })]);
  expect((await ask(port, '/a', { method: 'OPTIONS' })).status).toBe(204);
  expect(ran).toBe(0);
});

test('an OPTIONS with a body is answered, and the connection goes on', async () => {
  const client = await RawClient.to(await serve(list));
  const close = 'Connection: close\r\n';
  await client.send('OPTIONS /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
  await client.send(`GET /orders HTTP/1.1\r\nHost: a\r\n${close}\r\n`);
  await client.closed;
  expect(client.statuses).toEqual([204, 200]);
});

test('OPTIONS * answers 204 with the methods of all routes; other methods have no such path', async () => {
  const client = await RawClient.to(await serve(list));
  await client.send('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.send('GET * HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.send('OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.statuses).toEqual([204, 404, 204]);
  expect(client.received).toMatch(/^Allow: DELETE, GET, HEAD, OPTIONS, POST, PUT\r$/im);
});

test('without routes a path has no methods, and the server OPTIONS alone', async () => {
  const port = await serve([]);
  expect((await ask(port, '/', { method: 'OPTIONS' })).status).toBe(404);
  expect((await ask(port, '*', { method: 'OPTIONS' })).headers.allow).toBe('OPTIONS');
});
