import type { ServerResponse } from 'node:http';
import { Service } from '@patron/core';
import { expect, test } from '@jest/globals';
import { Agent } from 'undici';
import { active, counted, create, createFor, failure, until } from '../../test/client.ts';
import { logged, open } from '../../test/server.ts';
import { get, routes } from '../index.ts';

test('close waits for the calls that go on, bodies included, takes no more, and leaves no connection', async () => {
  const waiting: ServerResponse[] = [];
  const { client, sockets } = await createFor((request, response) => {
    if (request.url === '/body') response.write('first ');
    waiting.push(response);
  });
  const answer = client.get('/head');
  const body = await client.get('/body');
  await until(() => waiting.length === 2);
  let closed = false;
  const closing = client.close(new AbortController().signal).then(() => (closed = true));
  const late = await failure(client.get('/late'));
  expect(late).toMatchObject({ code: 'PATRON_HTTP_CLIENT_CLOSED', method: 'GET' });
  expect(late.message).toMatch(/\/late: the client was closed$/);
  const text = body.text();
  waiting.find(({ req }) => req.url === '/body')?.end('last');
  expect(await text).toBe('first last');
  expect(closed).toBe(false);
  waiting.find(({ req }) => req.url === '/head')?.end('x');
  expect(await (await answer).text()).toBe('x');
  await closing;
  await until(() => sockets.size === 0);
  expect(waiting).toHaveLength(2);
  await client.close(); // again: nothing
});

test('at the deadline close ends what still goes on, and says so to whoever waits', async () => {
  const { client, sockets, port } = await createFor((request, response) => {
    if (request.url === '/body') response.write('first');
  });
  const unanswered = failure(client.get('/never'));
  const unread = await client.get('/body');
  const reading = failure((await client.get('/body')).text());
  const deadline = new AbortController();
  const closing = client.close(deadline.signal);
  deadline.abort();
  await closing;
  for (const error of [await unanswered, await reading, await failure(unread.text())]) {
    expect(error.code).toBe('PATRON_HTTP_CLIENT_CLOSED');
  }
  await until(() => sockets.size === 0);
  expect(await active(port)).toBe(0);
  expect((await counted(port)).join()).toContain('error_type="PATRON_HTTP_CLIENT_CLOSED"');
});

test('a deadline that is over already waits for nothing', async () => {
  const { client } = await createFor(() => undefined);
  const call = failure(client.get('/never'));
  await client.close(AbortSignal.abort());
  expect((await call).code).toBe('PATRON_HTTP_CLIENT_CLOSED');
});

test('a dispatcher of the caller is used, and left open', async () => {
  const { port } = await open((_, response) => response.end('x'));
  const dispatcher = new Agent();
  const client = create({ baseUrl: `http://127.0.0.1:${port}`, dispatcher });
  expect(await (await client.get('/')).text()).toBe('x');
  await client.close();
  expect([dispatcher.closed, dispatcher.destroyed]).toEqual([false, false]);
  await dispatcher.close();
});

test('a service closes its client after the last request that uses it', async () => {
  const stop = new AbortController();
  const upstream = await open((_, response) => {
    stop.abort(); // while the request is being answered
    setTimeout(() => response.end('{"left":3}'), 50);
  });
  const client = create({ baseUrl: `http://127.0.0.1:${upstream.port}`, name: 'stock' });
  const service = new Service({
    name: 'shop',
    http: { port: 0, host: '127.0.0.1', handler: routes([get('/items', async () => (await client.get('/stock')).json())]) },
    resources: [client],
    logger: logged,
  });
  const done = service.run(stop.signal);
  await until(() => logged.find({ message: 'http listening' }) !== undefined);
  const address = String(logged.find({ message: 'http listening' })?.fields['address']);
  const answer = await create().get(`${new URL(address).origin}/items`);
  expect([answer.status, await answer.json()]).toEqual([200, { left: 3 }]);
  await done;
  expect(logged.find({ message: 'stop: resource closed' })?.fields).toMatchObject({ resource: 'stock' });
  expect((await failure(client.get('/'))).code).toBe('PATRON_HTTP_CLIENT_CLOSED');
});
