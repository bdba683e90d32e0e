import type { RequestListener } from 'node:http';
import { expect, test } from '@jest/globals';
import { later } from '../test/later.ts';
import { RawClient } from '../test/raw-client.ts';
import { ask, open } from '../test/server.ts';
import { cors, get, respond, routes, securityHeaders } from './index.ts';

const UMLAUT = 'größer als ein Byte';
const guards = [cors({ origins: ['https://shop.example'] }), securityHeaders()];
const LARGE = 'x'.repeat(3 * 1024 * 1024);
const served = routes([
  get('/text', () => 'answer'),
  get('/json', async () => ({ hello: 'world' })),
  get('/guarded', () => 'answer', { middlewares: guards }),
  get('/umlaut', () => UMLAUT),
  get('/empty', () => ''),
  get('/large', () => LARGE),
]);

/** A server on which the writes of every connection are counted. */
async function counting(): Promise<{ port: number; writes: () => number }> {
  const { port, server } = await open(served);
  let writes = 0;
  server.on('connection', (socket) => {
    const { write } = socket;
    socket.write = ((...args: Parameters<typeof write>) => {
      writes++;
      return write.apply(socket, args);
    }) as typeof write;
  });
  return { port, writes: () => writes };
}

test.each(['/text', '/json', '/empty', '/guarded'])('the answer of %s leaves in one write, head and body', async (path) => {
  const { port, writes } = await counting();
  expect((await ask(port, path)).status).toBe(200);
  expect(writes()).toBe(1);
});

test.each([
  ['/text', 'answer'],
  ['/umlaut', UMLAUT],
  ['/empty', ''],
  ['/large', LARGE],
])('the text of %s arrives as it was returned, with its length in bytes', async (path, text) => {
  const { port } = await open(served);
  const answer = await ask(port, path);
  expect(answer.text === text).toBe(true);
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(text)));
});

test('a HEAD is told the length and gets no body', async () => {
  const { port } = await open(served);
  const client = await RawClient.to(port);
  await client.send('HEAD /text HTTP/1.1\r\nHost: a\r\n\r\nGET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.received).toMatch(/Content-Length: 6\r\n[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nanswer$/);
});

test('answers of requests that were sent at once come in their order, though the first was the last to be ready', async () => {
  const first = later();
  const { port } = await open(
    routes([get('/first', () => first.promise.then(() => 'first')), get('/second', () => (setImmediate(first.resolve), 'second'))]),
  );
  const client = await RawClient.to(port);
  await client.send('GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nfirstHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nsecond$/);
});

test.each<[string, (response: Parameters<RequestListener>[1], seen: string[]) => void]>([
  [
    'who has wrapped the end of a response (to compress it, to measure it) gets the text',
    (response, seen) => {
      const { end } = response;
      response.end = ((...args: Parameters<typeof end>) => {
        seen.push(String(args[0]));
        return end.apply(response, args);
      }) as typeof end;
    },
  ],
  [
    'who has a response held to its length is not told that the body is missing',
    (response, seen) => {
      response.strictContentLength = true;
      seen.push('answer');
    },
  ],
])('%s', async (_title, wrap) => {
  const seen: string[] = [];
  const { port } = await open((request, response) => {
    wrap(response, seen);
    served(request, response);
  });
  expect(await ask(port, '/text')).toMatchObject({ status: 200, text: 'answer' });
  expect(seen).toEqual(['answer']);
});

/** The head's lines, without those that change from one answer to the next. */
const headOf = (received: string): string[] =>
  received
    .slice(0, received.indexOf('\r\n\r\n'))
    .split('\r\n')
    .filter((line) => !/^(Date|X-Correlation-Id):/.test(line))
    .sort();

test('an answer says the same, whether its head was written at once or header by header', async () => {
  const { port } = await open(routes([get('/plain', () => 'answer'), get('/headers', () => respond(200, 'answer', { 'X-Extra': '1' }))]));
  const heads: string[][] = [];
  for (const path of ['/plain', '/headers']) {
    const client = await RawClient.to(port);
    await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: order-4711\r\n\r\n`);
    await client.until(/answer$/);
    expect(client.received).toContain('X-Correlation-Id: order-4711\r\n');
    expect(client.received).toMatch(/\r\nDate: [^\r]+ GMT\r\n/);
    heads.push(headOf(client.received));
    client.socket.destroy();
  }
  expect(heads[0]).toEqual(heads[1]?.filter((line) => line !== 'x-extra: 1'));
});

test('the date of an answer is that of its second', async () => {
  const { port } = await open(served);
  const client = await RawClient.to(port);
  const dates = new Set<number>();
  const until = Date.now() + 4000;
  while (dates.size < 3 && Date.now() < until) {
    const asked = Math.floor(Date.now() / 1000) * 1000;
    client.received = '';
    // The connection stays open: else node:http writes the head, with a date of its own.
    await client.send('GET /text HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until(/\r\n\r\nanswer$/);
    const date = Date.parse(/\r\nDate: ([^\r]+)/.exec(client.received)?.[1] ?? '');
    expect(date).toBeGreaterThanOrEqual(asked);
    expect(date).toBeLessThanOrEqual(Date.now());
    dates.add(date);
  }
  expect(dates.size).toBe(3);
  client.socket.destroy();
});

test.each<[string, (response: Parameters<RequestListener>[1]) => void, RegExp]>([
  ['a header that was set before', (response) => response.setHeader('X-Before', '1'), /\r\nX-Before: 1\r\n/],
  ['a reason that was chosen before', (response) => (response.statusMessage = 'Fine'), /^HTTP\/1\.1 200 Fine\r\n/],
  ['a date that is not to be sent', (response) => (response.sendDate = false), /^(?![^]*\r\nDate: )/],
  [
    'a length that was taken back',
    (response) => (response.setHeader('Content-Length', 1), response.removeHeader('Content-Length')),
    /\r\nContent-Length: 6\r\n/,
  ],
  [
    'one of several values',
    (response) => response.setHeader('Set-Cookie', ['a=1', 'b=2']),
    /^(?=[^]*\r\nSet-Cookie: a=1\r\n)(?=[^]*\r\nSet-Cookie: b=2\r\n)/,
  ],
  ['one with a letter of Latin-1', (response) => response.setHeader('X-Before', 'gr\u00fcn'), /\r\nX-Before: gr\u00fcn\r\n/],
  [
    'a date of somebody’s own',
    (response) => response.setHeader('Date', 'today'),
    /^(?![^]*\r\nDate: [^]*\r\nDate: )[^]*\r\nDate: today\r\n/,
  ],
  ['an id of somebody’s own', (response) => response.setHeader('X-Correlation-Id', 'mine'), /^(?![^]*\r\nX-Correlation-Id: mine)/],
  ['a connection that is to be closed', (response) => response.setHeader('Connection', 'close'), /\r\nConnection: close\r\n/],
])('%s stays so', async (_title, prepare, expected) => {
  const { port } = await open((request, response) => {
    prepare(response);
    served(request, response);
  });
  const client = await RawClient.to(port);
  await client.send('GET /text HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until(/answer$/);
  expect(client.received).toMatch(expected);
  expect(client.received).toMatch(/\r\n\r\nanswer$/);
  client.socket.destroy();
});

test('a client of HTTP/1.0 gets its answer, and the end of the connection behind it', async () => {
  const { port } = await open(served);
  const client = await RawClient.to(port);
  await client.send('GET /json HTTP/1.0\r\n\r\n');
  await client.closed;
  expect(client.received).toMatch(/\r\nConnection: close\r\n[^]*\{"hello":"world"\}$/);
});
