import { instrument } from '@patron/core/http';
import { expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import express from 'express';
import { later, settled } from '../test/later.ts';
import { RawClient } from '../test/raw-client.ts';
import { ask, logged, open, serve } from '../test/server.ts';
import { get, group, post, type Routes, routes } from './index.ts';

/** How many requests were counted, by their labels, except those that other tests of this file counted. */
async function counted(route: string): Promise<string[]> {
  await settled();
  const lines = (await metrics.scrape()).split('\n');
  return lines
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count') && line.includes(route))
    .map((line) => line.slice(line.indexOf('{')));
}

const none = 'http_server_active_requests{http_request_method="GET",url_scheme="http"} 0';

test('a request is counted once, by the pattern of its route', async () => {
  const port = await serve([get('/plain/:id', () => 'x'), get('/plain-async/:id', async () => 'x'), post('/plain/:id', () => undefined)]);
  for (const id of ['1', '2', '3']) await ask(port, `/plain/${id}`);
  await ask(port, '/plain/4', { method: 'HEAD' });
  await ask(port, '/plain/5', { method: 'POST' });
  await ask(port, '/plain-async/1');
  expect(await counted('/plain')).toEqual([
    '{http_request_method="GET",url_scheme="http",http_route="/plain/:id",http_response_status_code="200"} 3',
    '{http_request_method="HEAD",url_scheme="http",http_route="/plain/:id",http_response_status_code="200"} 1',
    '{http_request_method="POST",url_scheme="http",http_route="/plain/:id",http_response_status_code="204"} 1',
    '{http_request_method="GET",url_scheme="http",http_route="/plain-async/:id",http_response_status_code="200"} 1',
  ]);
  expect(await metrics.scrape()).toContain(none);
});

test('wildcards, optional params, groups and other spellings of a path are one series each: the pattern', async () => {
  const list = group('/grouped/:tenant', [get('/files/*path', () => 'x'), get('/orders/:id?', () => 'x')]);
  const port = await serve(list, { trailingSlash: 'ignore', caseSensitive: false });
  for (const path of ['files/a', 'FILES/a/b/', 'files/c%2Fd', 'orders', 'Orders/7', 'orders/8/'])
    await ask(port, `/grouped/${path.length}/${path}`);
  expect(await counted('/grouped')).toEqual([
    '{http_request_method="GET",url_scheme="http",http_route="/grouped/:tenant/files/*path",http_response_status_code="200"} 3',
    '{http_request_method="GET",url_scheme="http",http_route="/grouped/:tenant/orders/:id?",http_response_status_code="200"} 3',
  ]);
});

test('paths and methods that no route has add no series of their own', async () => {
  const port = await serve([get('/there', () => 'x')]);
  for (let i = 0; i < 5; i++) await ask(port, `/nowhere/${i}`);
  for (const method of ['PROPFIND', 'REPORT', 'LOCK']) await ask(port, '/there', { method });
  await ask(port, '/%zz');
  const lines = await counted('');
  expect(lines.filter((line) => line.includes('nowhere') || line.includes('PROPFIND'))).toEqual([]);
  expect(lines).toContain('{http_request_method="GET",url_scheme="http",http_response_status_code="404"} 5');
  expect(lines).toContain('{http_request_method="_OTHER",url_scheme="http",http_response_status_code="405"} 3');
  expect(lines).toContain('{http_request_method="GET",url_scheme="http",http_response_status_code="400"} 1');
});

test('the listener of routes needs no wrapping', () => {
  const listener = routes([]);
  expect(instrument(listener)).toBe(listener);
});

test('in a plain listener, routes name the request that was begun: one count, one id, one logger', async () => {
  const api = routes([get('/within/:id', (request) => request.correlationId)]);
  const { port } = await open(instrument((request, response) => (request.url === '/own' ? response.end('own') : api(request, response))));
  const answer = await ask(port, '/within/7', { headers: { 'X-Correlation-Id': 'one-id' } });
  expect(answer).toMatchObject({ status: 200, text: 'one-id' });
  expect(await counted('/within')).toEqual([
    '{http_request_method="GET",url_scheme="http",http_route="/within/:id",http_response_status_code="200"} 1',
  ]);

  const client = await RawClient.to(port);
  await client.send('GET /within/8 HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: once\r\n\r\n');
  await client.send('GET /nothing HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: once\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.received.match(/x-correlation-id: once/gi)).toHaveLength(2);
  expect(await counted('/within')).toEqual([
    '{http_request_method="GET",url_scheme="http",http_route="/within/:id",http_response_status_code="200"} 2',
  ]);
  expect(await metrics.scrape()).toContain(none);
});

test('where somebody around the routes answers first, that is the answer', async () => {
  const go = later();
  const freed = later();
  const done = later();
  const began = { late: later(), stream: later() };
  const api = routes([
    get('/late', async () => {
      began.late.resolve();
      await go.promise;
      return 'late';
    }),
    get('/late-stream', async function* () {
      try {
        began.stream.resolve();
        await go.promise;
        yield 'late';
      } finally {
        freed.resolve();
      }
    }),
  ]);
  const { port } = await open(
    instrument((request, response) => {
      api(request, response);
      response.write('first');
      void done.promise.then(() => response.end());
    }),
  );
  const answers = Promise.all(['/late', '/late-stream'].map((path) => ask(port, path)));
  await Promise.all([began.late.promise, began.stream.promise]);
  go.resolve();
  await freed.promise;
  await settled();
  done.resolve();
  expect((await answers).map(({ text }) => text)).toEqual(['first', 'first']);
  expect(logged.lines).toEqual([]);
});

test('mounted in express, routes answer below their mount point, counted once', async () => {
  const app = express();
  app.use(express.json());
  app.use(
    '/api',
    routes([
      get('/mounted/:id', ({ params, path, route }) => ({ ...params, path, route })),
      post('/mounted', async ({ raw }) => (raw as { body?: unknown }).body),
    ]),
  );
  app.get('/express', (_, response) => void response.json({ from: 'express' }));
  const { port } = await open(instrument(app as unknown as Routes));

  const answer = await ask(port, '/api/mounted/7?x=1', { headers: { 'X-Correlation-Id': 'in-express' } });
  expect(answer).toMatchObject({ status: 200, json: { id: '7', path: '/mounted/7', route: '/mounted/:id' } });
  expect(answer.headers['x-correlation-id']).toBe('in-express');
  expect(answer.headers['x-powered-by']).toBe('Express');
  expect((await ask(port, '/express')).json).toEqual({ from: 'express' });
  expect((await ask(port, '/api/none')).status).toBe(404);
  const posted = await ask(port, '/api/mounted', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' });
  expect(posted).toMatchObject({ status: 201, json: { a: 1 } });
  expect(await counted('/mounted')).toEqual([
    '{http_request_method="GET",url_scheme="http",http_route="/mounted/:id",http_response_status_code="200"} 1',
    '{http_request_method="POST",url_scheme="http",http_route="/mounted",http_response_status_code="201"} 1',
  ]);
  expect(await metrics.scrape()).toContain(none);
});
