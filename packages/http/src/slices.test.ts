import type { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { RawClient } from '../test/raw-client.ts';
import { ask, open } from '../test/server.ts';
import { get, routes } from './index.ts';
import { SLICE_BYTES } from './slices.ts';

const LARGE = 8 * 1024 * 1024;
const bytes = Buffer.alloc(LARGE, '0123456789abcdef');
const umlauts = 'ö'.repeat(LARGE / 2);
const list = routes([
  get('/bytes', () => bytes),
  get('/text', () => bytes.toString('latin1')),
  get('/umlauts', () => umlauts),
  get('/json', () => [umlauts]),
  get('/one-slice', () => bytes.subarray(0, SLICE_BYTES)),
  get('/one-more', () => bytes.subarray(0, SLICE_BYTES + 1)),
  get('/small', () => 'small'),
]);

/** A server that keeps its connections. */
async function serving(): Promise<{ port: number; sockets: Socket[] }> {
  const { port, server } = await open(list);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  return { port, sockets };
}

test.each([
  ['/bytes', bytes.toString('latin1')],
  ['/text', bytes.toString('latin1')],
  ['/umlauts', umlauts],
  ['/json', JSON.stringify([umlauts])],
  ['/one-slice', bytes.toString('latin1', 0, SLICE_BYTES)],
  ['/one-more', bytes.toString('latin1', 0, SLICE_BYTES + 1)],
])('%s arrives whole, with its length', async (path, text) => {
  const { port } = await serving();
  const answer = await ask(port, path);
  expect(answer.text === text).toBe(true);
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(text)));
});

test('while one client takes a large answer, each turn of the event loop belongs to the others too', async () => {
  const { port, sockets } = await serving();
  const client = await RawClient.to(port);
  await client.send('GET /bytes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let most = 0;
  let before = 0;
  let turns = 0;
  for (; !client.socket.destroyed; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    const written = sockets[0]?.bytesWritten ?? 0;
    most = Math.max(most, written - before);
    before = written;
  }
  expect(client.received.length).toBeGreaterThan(LARGE);
  expect(most).toBeLessThan(2 * SLICE_BYTES); // one slice, and the head
  expect(turns).toBeGreaterThan(LARGE / SLICE_BYTES);
});

test('what is pipelined behind a large answer waits for its end', async () => {
  const { port } = await serving();
  const client = await RawClient.to(port);
  const request = (path: string, last = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${last}\r\n`;
  await client.send(request('/small') + request('/bytes') + request('/text') + request('/small', 'Connection: close\r\n'));
  await client.closed;
  expect(client.statuses).toEqual([200, 200, 200, 200]);
  expect(client.received.split('\r\n\r\n').map(({ length }) => length >= LARGE)).toEqual([false, false, true, true, false]);
  expect(client.received).toMatch(/\r\n\r\nsmall$/);
});

test('a client that leaves in the middle takes the rest of its answer with it', async () => {
  const { port, sockets } = await serving();
  const client = await RawClient.to(port);
  client.socket.pause();
  await client.send('GET /bytes HTTP/1.1\r\nHost: a\r\n\r\n');
  while ((sockets[0]?.writableLength ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve)); // the system takes no more
  const [socket] = sockets;
  const closed = new Promise((resolve) => socket?.once('close', resolve));
  expect(socket?.writableLength).toBeLessThanOrEqual(SLICE_BYTES + 1000);
  client.socket.resetAndDestroy();
  await closed;
  expect(socket?.bytesWritten).toBeLessThan(LARGE);
  expect((await ask(port, '/small')).text).toBe('small');
});
