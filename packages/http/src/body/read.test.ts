import type { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { later } from '../../test/later.ts';
import { RawClient } from '../../test/raw-client.ts';
import { ask, open, serve } from '../../test/server.ts';
import { get, type HttpRequest, post, type Route, routes, type RoutesOptions } from '../index.ts';

const KIB = 1024;
const CHUNK = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(64 * KIB, 'x'), Buffer.from('\r\n')]);

test('a body is read as bytes, as text and as JSON, as often as wanted', async () => {
  const port = await serve([
    post('/', async (request) => [[...(await request.bytes())], await request.text(), await request.json(), await request.json()]),
  ]);
  const { json } = await ask(port, '/', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '"é"' });
  expect(json).toEqual([[0x22, 0xc3, 0xa9, 0x22], '"é"', 'é', 'é']);
});

test('a request without a body has an empty one', async () => {
  const port = await serve([get('/', async (request) => [(await request.bytes()).length, await request.text()])]);
  expect((await ask(port, '/')).json).toEqual([0, '']);
});

test('a body in many chunks is one body', async () => {
  const port = await serve([post('/', (request) => request.text())]);
  const client = await RawClient.to(port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n');
  for (const piece of ['3\r\nabc\r\n', '2;x=y\r\n', 'de', '\r\n0\r\n\r\n']) await client.send(piece);
  await client.closed;
  expect(client.received).toMatch(/^HTTP\/1.1 201 [^]*abcde$/);
});

test('a body at its limit is read, one byte more is a 413; the limit of a route wins over that of all', async () => {
  const size = async (request: HttpRequest): Promise<unknown> => (await request.bytes()).length;
  const port = await serve([post('/', size), post('/small', size, { maxBodyBytes: 10 }), post('/none', size, { maxBodyBytes: 0 })], {
    maxBodyBytes: 100,
  });
  const statusOf = async (path: string, bytes: number): Promise<number> =>
    (await ask(port, path, { method: 'POST', body: Buffer.alloc(bytes) })).status;
  expect([await statusOf('/', 100), await statusOf('/', 101)]).toEqual([201, 413]);
  expect([await statusOf('/small', 10), await statusOf('/small', 11)]).toEqual([201, 413]);
  expect([await statusOf('/none', 0), await statusOf('/none', 1)]).toEqual([201, 413]);
});

test('the limit is 1 MiB where nobody says', async () => {
  const port = await serve([post('/', async (request) => (await request.bytes()).length)]);
  expect((await ask(port, '/', { method: 'POST', body: Buffer.alloc(1024 * KIB) })).json).toBe(1024 * KIB);
  expect(await ask(port, '/', { method: 'POST', body: Buffer.alloc(1024 * KIB + 1) })).toMatchObject({
    status: 413,
    json: { error: 'Payload Too Large' },
  });
});

test('a body that announces too much is refused at once, and its connection ends', async () => {
  const port = await serve([post('/', (request) => request.text())], { maxBodyBytes: 100 });
  const client = await RawClient.to(port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: big-1\r\nContent-Length: 99999999999\r\n\r\n');
  await client.until(/\r\n\r\n\{"error":"Payload Too Large"\}$/); // nothing of the body was sent
  expect(client.received).toMatch(/^HTTP\/1.1 413 /);
  expect(client.received).toContain('Connection: close\r\n');
  expect(client.received).toContain('X-Correlation-Id: big-1\r\n');
  client.socket.end();
  await client.closed;
  expect(client.error).toBeUndefined();
});

test('of a chunked gigabyte the limit and 64 KiB are read at most, whoever answers; the next request is fine', async () => {
  const patient = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 30, 'thank you'));
  const cases: [number, Route[]][] = [
    [413, [post('/', (request) => request.bytes())]],
    [201, [post('/', () => 'thank you')]],
    [201, [post('/', patient)]],
    [404, []],
  ];
  const ends: Promise<void>[] = [];
  for (const [status, list] of cases) {
    const { port, bytesRead } = await count(list, { maxBodyBytes: 256 * KIB });
    const client = await RawClient.to(port);
    await client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    let sent = 0;
    const flood = async (): Promise<void> => {
      while (sent < 2 ** 30 && (await client.send(CHUNK))) sent += CHUNK.length;
      await client.closed;
      expect(client.statuses).toEqual([status]);
      expect(client.received).toContain('Connection: close\r\n');
      expect(sent).toBeLessThan(32 * 1024 * KIB); // what the buffers of two sockets take
      // The frames of the chunks and the head of the request come on top of the body.
      expect(await bytesRead).toBeLessThanOrEqual((256 + 64) * KIB + 1000);
      expect((await ask(port, '/', { method: 'POST', body: 'x' })).status).toBe(list.length === 0 ? 404 : 201);
    };
    ends.push(flood());
    await client.until(/HTTP/); // one after the other: reads of many connections at once come in other sizes
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await Promise.all(ends);
});

test('a body a little too long ends its connection in peace: no reset and no wait', async () => {
  const port = await serve([post('/', (request) => request.text())], { maxBodyBytes: 64 * KIB });
  const body = 'x'.repeat(70 * KIB);
  for (const framed of [
    `Content-Length: ${body.length}\r\n\r\n${body}`,
    `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ]) {
    const client = await RawClient.to(port);
    const start = performance.now();
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framed}`);
    await client.until(/\{"error":"Payload Too Large"\}$/);
    await client.closed;
    expect(client.statuses).toEqual([413]);
    expect(client.received).toContain('Connection: close\r\n');
    expect(client.error).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(1000);
  }
});

test('a client that is still sending when its answer comes is not reset', async () => {
  const port = await serve([post('/', (request) => request.text())], { maxBodyBytes: 64 * KIB });
  const client = await RawClient.to(port);
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${65 * KIB}\r\n\r\n`);
  await client.until(/Payload Too Large"\}$/);
  for (let i = 0; i < 65; i++) {
    await client.send('x'.repeat(KIB));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.closed;
  expect(client.error).toBeUndefined();
});

test('a connection on which nothing more is read is never kept alive, however late the answer', async () => {
  const late = (request: HttpRequest): Promise<unknown> =>
    request.text().catch(() => new Promise((resolve) => setTimeout(resolve, 10, 'late')));
  const port = await serve([post('/', late)], { maxBodyBytes: 10 });
  const client = await RawClient.to(port);
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n${'x'.repeat(20)}\r\n0\r\n\r\n`);
  await client.closed; // the whole body had arrived before the answer went out
  expect(client.received).toMatch(/^HTTP\/1.1 201 [^]*Connection: close\r\n[^]*late$/);
});

test('a client that sends all of its body before it reads gets its answer', async () => {
  const port = await serve([post('/', (request) => request.text())], { maxBodyBytes: 64 * KIB });
  const client = await RawClient.to(port);
  client.socket.pause();
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${300 * KIB}\r\n\r\n`);
  await client.send(Buffer.alloc(300 * KIB));
  client.socket.resume();
  await client.until(/\{"error":"Payload Too Large"\}$/);
  client.socket.destroy();
});

test('a client that never leaves is left, within three seconds', async () => {
  const port = await serve([post('/', (request) => request.text())], { maxBodyBytes: 10 });
  const client = await RawClient.to(port);
  const start = performance.now();
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
  await client.closed;
  expect(client.statuses).toEqual([413]);
  expect(performance.now() - start).toBeLessThan(3000);
});

test('a short body that nobody read does not spoil the next request of its connection', async () => {
  const port = await serve([
    post('/ignored', () => 'one'),
    post('/begun', ({ raw }) => new Promise((resolve) => raw.once('data', () => resolve(raw.pause() && 'two')))),
    get('/next', () => 'three'),
  ]);
  const client = await RawClient.to(port);
  const body = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  await client.send(
    `POST /ignored HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`,
  );
  await client.until(/three$/);
  await client.send(`POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`);
  await client.until(/Not Found/);
  const large = 200 * KIB; // more than a stream buffers
  await client.send(`${body.slice(5)}POST /begun HTTP/1.1\r\nHost: a\r\nContent-Length: ${large}\r\n\r\nabc`);
  await client.until(/two$/);
  await client.send(`${'x'.repeat(large - 3)}GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await client.closed;
  expect(client.statuses).toEqual([201, 200, 404, 201, 200]);
});

test('a chunked body that was read leaves its connection open; one that was not closes it', async () => {
  const port = await serve([post('/read', (request) => request.text()), post('/ignored', () => 'ignored')]);
  const client = await RawClient.to(port);
  const head = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
  await client.send(`${head('/read')}3\r\nabc\r\n0\r\n\r\n`);
  await client.until(/abc$/);
  await client.send(`${head('/ignored')}3\r\nabc\r\n0\r\n\r\n`);
  await client.closed;
  expect(client.statuses).toEqual([201, 201]);
  expect(client.error).toBeUndefined();
});

test('headers beyond those that Node hands over can not hide a body', async () => {
  const { port, bytesRead } = await count([post('/', () => 'x')], { maxBodyBytes: 10 * KIB });
  const client = await RawClient.to(port);
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${'a:b\r\n'.repeat(1500)}Transfer-Encoding: chunked\r\n\r\n`);
  for (let i = 0; i < 1000 && (await client.send(CHUNK)); i++);
  await client.closed;
  expect(await bytesRead).toBeLessThan(200 * KIB);
});

test('a body that somebody has read from the stream is an error that says so, and no endless wait', async () => {
  const port = await serve([
    post('/', async (request) => {
      for await (const _ of request.raw);
      return request.bytes().catch((error: { code: string }) => ({ code: error.code }));
    }),
  ]);
  expect((await ask(port, '/', { method: 'POST', body: 'abc' })).json).toEqual({ code: 'PATRON_HTTP_BODY_READ' });
});

test('a route may read the stream by itself', async () => {
  const port = await serve([
    post('/', async ({ raw }) => {
      let length = 0;
      for await (const chunk of raw as AsyncIterable<Buffer>) length += chunk.length;
      return length;
    }),
  ]);
  expect((await ask(port, '/', { method: 'POST', body: Buffer.alloc(3000 * KIB) })).json).toBe(3000 * KIB);
});

/** Serves, and tells how many bytes the server had read from its first connection when that was gone. */
async function count(list: Route[], options: RoutesOptions): Promise<{ port: number; bytesRead: Promise<number> }> {
  const { port, server } = await open(routes(list, options));
  const read = later<number>();
  server.once('connection', (socket: Socket) => socket.once('close', () => read.resolve(socket.bytesRead)));
  return { port, bytesRead: read.promise };
}
