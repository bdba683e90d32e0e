import { expect, test } from '@jest/globals';
import { RawClient } from '../test/raw-client.ts';
import { ask, serve } from '../test/server.ts';
import { get } from './index.ts';
import { pathOf } from './target.ts';

test('no spelling of a path reaches the handler of another route', async () => {
  const reached: string[] = [];
  const list = ['/', '/admin', '/admin/keys', '/public', '/files/:name', '/a/b/'].map((path) =>
    get(path, (request) => {
      reached.push(path);
      return { path: request.path, params: request.params };
    }),
  );
  const port = await serve(list);
  const hits: [string, string][] = [];
  const misses: string[] = [];
  for (const path of [
    '/admin',
    '/%61dmin',
    '/%61%64%6d%69%6e',
    '/ADMIN',
    '/Admin',
    '/admin/',
    '/admin//',
    '//admin',
    '//admin/keys',
    '/admin//keys',
    '/./admin',
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/%2E%2E/admin',
    '/public/..%2fadmin',
    '/public%2f..%2fadmin',
    '/admin;x=1',
    '/admin;/keys',
    '/admin%3bx',
    '/admin%2fkeys',
    '/admin%00',
    '/admin%20',
    '/admin.',
    '/admin.json',
    '/admin%23',
    '/admin%3f',
    '/%2fadmin',
    '/%252e%252e/admin',
    '/admin%5ckeys',
    '/files/x',
    '/files/%2e%2e%2fadmin',
    '/files/..',
    '/files/',
    '/files/a;b',
    '/a/b',
    '/a/b/',
    '/admin?x=/public',
    '/?/admin',
  ]) {
    reached.length = 0;
    const { status } = await ask(port, path);
    if (status === 200) hits.push([path, reached.join()]);
    else misses.push(`${status} ${path}`);
  }
  expect(hits).toEqual([
    ['/admin', '/admin'],
    ['/%61dmin', '/admin'],
    ['/%61%64%6d%69%6e', '/admin'],
    ['/files/x', '/files/:name'],
    ['/files/%2e%2e%2fadmin', '/files/:name'],
    ['/files/..', '/files/:name'],
    ['/files/a;b', '/files/:name'],
    ['/a/b/', '/a/b/'],
    ['/admin?x=/public', '/admin'],
    ['/?/admin', '/'],
  ]);
  expect(misses.every((miss) => miss.startsWith('404 '))).toBe(true);
});

test('a middleware sees the path in the one spelling that the router matched', async () => {
  const seen: string[] = [];
  const guard = (next: (request: never) => unknown) => (request: { path: string }) => {
    seen.push(request.path);
    return request.path.startsWith('/admin') ? 'guarded' : next(request as never);
  };
  const port = await serve([get('/admin', () => 'reached'), get('/caf\u00e9/:x', ({ params }) => params)], { middlewares: [guard] });
  expect((await ask(port, '/%61%64min')).text).toBe('guarded');
  expect((await ask(port, '/caf%c3%a9/%7e%2f%41')).json).toEqual({ x: '~/A' });
  expect(seen).toEqual(['/admin', '/caf%C3%A9/~%2FA']);
});

test('a malformed escape answers 400, also where no route is', async () => {
  const port = await serve([get('/files/:name', ({ params }) => params)]);
  for (const path of ['/files/%', '/files/%2', '/files/%zz', '/files/%ff', '/files/%c3', '/%', '/files/%e0%80%af']) {
    const { status, json, headers } = await ask(port, path);
    expect([path, status, json]).toEqual([path, 400, { error: 'Bad Request' }]);
    expect(headers['x-correlation-id']).toBeDefined();
  }
});

test('a param is decoded once', async () => {
  const port = await serve([get('/files/:name', ({ params }) => params)]);
  expect((await ask(port, '/files/%252e%2525')).json).toEqual({ name: '%2e%25' });
  expect((await ask(port, '/files/a+b%2Bc%20d')).json).toEqual({ name: 'a+b+c d' });
  expect((await ask(port, '/files/__proto__')).json).toEqual({ name: '__proto__' });
});

test('a param may be as long as a request target', async () => {
  const port = await serve([get('/files/:name', ({ params }) => ({ length: params.name.length }))]);
  expect((await ask(port, `/files/${'x'.repeat(8000)}`)).json).toEqual({ length: 8000 });
});

test('the absolute form of a target is its path (RFC 9112 §3.2.2), and OPTIONS * asks about all of them', async () => {
  const port = await serve([get('/orders', () => 'orders'), get('/', () => 'root')]);
  const client = await RawClient.to(port);
  await client.send('GET http://example.test/orders HTTP/1.1\r\nHost: example.test\r\n\r\n');
  await client.send('GET http://example.test?x=1 HTTP/1.1\r\nHost: example.test\r\n\r\n');
  await client.send('OPTIONS * HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.statuses).toEqual([200, 200, 204]);
  expect(client.received).toMatch(/orders[^]*root[^]*Allow: GET, HEAD, OPTIONS\r\n/i);
});

test('a param is never empty', async () => {
  const port = await serve([get('/files/:name', ({ params }) => params), get('/:a/:b/c', ({ params }) => params)]);
  for (const path of ['/files/', '//x/c', '/x//c', '///c']) expect([path, (await ask(port, path)).status]).toEqual([path, 404]);
});

test('what is no path has none', () => {
  for (const target of ['orders', '', 'ftp://x/orders', 'http:///orders', '/a#b', 'example.test:443', '/%']) {
    expect([target, pathOf(target)]).toEqual([target, target === '' ? '/' : undefined]);
  }
});
