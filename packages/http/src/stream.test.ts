import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import { later, settled } from '../test/later.ts';
import { RawClient } from '../test/raw-client.ts';
import { ask, logged, serve } from '../test/server.ts';
import { get, post, respond } from './index.ts';

async function* pieces(...all: unknown[]): AsyncGenerator<unknown> {
  for (const piece of all) {
    await settled();
    yield piece;
  }
}

test('a Readable, a web stream and an async iterable are streamed', async () => {
  const port = await serve([
    get('/readable', () => Readable.from([Buffer.from('a'), 'b', Buffer.from('é')])),
    get('/file', () => createReadStream(new URL(import.meta.url))),
    get('/web', () => new Blob(['web ', 'stream']).stream()),
    get('/iterable', () => pieces('one ', Buffer.from('two'))),
    get('/literal', () => ({ [Symbol.asyncIterator]: () => pieces('a literal') })),
    get('/none', () => pieces()),
    get('/respond', () => respond(202, pieces('a,b'), { 'Content-Type': 'text/csv', 'Set-Cookie': ['a=1', 'b=2'] })),
    get('/fetch', () => new Response(new Blob(['fetched']).stream())),
    post('/posted', () => pieces('made')),
  ]);
  const expected = {
    '/readable': 'abé',
    '/web': 'web stream',
    '/iterable': 'one two',
    '/literal': 'a literal',
    '/none': '',
    '/fetch': 'fetched',
  };
  for (const [path, text] of Object.entries(expected)) {
    const answer = await ask(port, path);
    expect([path, answer.status, answer.text, answer.headers['transfer-encoding']]).toEqual([path, 200, text, 'chunked']);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(answer.headers['x-correlation-id']).toBeDefined();
  }
  expect((await ask(port, '/file')).text).toContain('a Readable, a web stream and an async iterable are streamed');
  const answer = await ask(port, '/respond');
  expect(answer).toMatchObject({ status: 202, text: 'a,b', headers: { 'content-type': 'text/csv', 'set-cookie': ['a=1', 'b=2'] } });
  expect((await ask(port, '/posted', { method: 'POST' })).status).toBe(201);
});

test('HEAD of a stream has its headers, and the source is freed', async () => {
  const source = Readable.from(['x']);
  const port = await serve([get('/head', () => respond(200, source, { 'Content-Type': 'text/csv' }))]);
  const answer = await ask(port, '/head', { method: 'HEAD' });
  expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-type': 'text/csv' } });
  expect(source.destroyed).toBe(true);
  expect(await metrics.scrape()).toMatch(
    /duration_seconds_count\{http_request_method="HEAD",[^}]*http_route="\/head",http_response_status_code="200"\} 1/,
  );
});

test('a source that fails before its first piece is an ordinary 500', async () => {
  const port = await serve([
    get('/file', () => createReadStream('/does/not/exist')),
    get('/iterable', async function* () {
      yield* [];
      throw new Error('no first piece');
    }),
  ]);
  expect(await ask(port, '/file')).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
  expect(await ask(port, '/iterable')).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
  expect(logged.findAll({ level: 'error', message: 'request failed' })).toHaveLength(2);
});

test('a source that fails later ends the connection without the end of the body, and is logged and counted', async () => {
  const port = await serve([
    get('/broken', async function* () {
      yield 'begun';
      await settled();
      throw Object.assign(new Error('source broke'), { code: 'E_SOURCE' });
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET /broken HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.closed;
  expect(client.received).toMatch(/^HTTP\/1.1 200 [^]*begun/);
  expect(client.received).not.toMatch(/\r\n0\r\n\r\n$/);
  expect(logged.lines).toMatchObject([{ level: 'error', message: 'answer broke off', fields: { route: '/broken' } }]);
  expect(await metrics.scrape()).toMatch(
    /duration_seconds_count\{[^}]*http_route="\/broken",http_response_status_code="200",error_type="E_SOURCE"\} 1/,
  );
});

test('a piece that is neither text nor bytes breaks the answer off', async () => {
  const port = await serve([get('/', () => pieces('a', { b: 1 }))]);
  await expect(ask(port, '/')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(logged.lines).toMatchObject([{ message: 'answer broke off', fields: { error: { code: 'PATRON_HTTP_ANSWER_INVALID' } } }]);
});

test('a source gives no more than the client takes', async () => {
  let given = 0;
  const port = await serve([
    get('/', async function* () {
      for (; given < 1000; given++) yield Buffer.alloc(64 * 1024);
    }),
  ]);
  const client = await RawClient.to(port);
  client.socket.pause();
  await client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let last = -1;
  while (given !== last) {
    last = given;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(given).toBeGreaterThan(0);
  expect(given).toBeLessThan(500); // what the buffers of two sockets take
  client.socket.resume();
  await client.closed;
  expect(given).toBe(1000);
  expect(client.received.length).toBeGreaterThan(1000 * 64 * 1024);
});

test('a client that goes frees the source: a Readable is destroyed, a generator runs its finally, a web stream is cancelled', async () => {
  const freed = { readable: later(), generator: later(), web: later() };
  const readable = new Readable({ read: () => undefined, destroy: (_, done) => (freed.readable.resolve(), done(null)) });
  readable.push('begun');
  const port = await serve([
    get('/readable', () => readable),
    get('/generator', async function* ({ signal }) {
      try {
        yield 'begun';
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        yield 'nobody reads this';
      } finally {
        freed.generator.resolve();
      }
    }),
    get(
      '/web',
      () =>
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('begun')),
          cancel: () => freed.web.resolve(),
        }),
    ),
  ]);
  for (const path of ['/readable', '/generator', '/web']) {
    const client = await RawClient.to(port);
    await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.until(/begun/);
    client.socket.destroy();
  }
  await Promise.all([freed.readable.promise, freed.generator.promise, freed.web.promise]);
  await settled();
  expect(logged.findAll({ level: 'error' })).toEqual([]);
  const scraped = await metrics.scrape();
  for (const path of ['readable', 'generator', 'web']) {
    expect(scraped).toMatch(
      new RegExp(`duration_seconds_count\\{[^}]*http_route="/${path}",http_response_status_code="200",error_type="client_gone"\\} 1`),
    );
  }
});

test('an empty piece sends the head at once', async () => {
  const go = later();
  const port = await serve([
    get('/', async function* () {
      yield '';
      await go.promise;
      yield 'late';
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.until(/\r\n\r\n/);
  go.resolve();
  await client.closed;
  expect(client.received).toContain('late');
});

test('a Content-Length that a stream does not keep breaks the answer off', async () => {
  const port = await serve([
    get('/right', () => respond(200, pieces('abc'), { 'Content-Length': 3 })),
    get('/short', () => respond(200, pieces('ab'), { 'Content-Length': 3 })),
    get('/long', () => respond(200, pieces('abc', 'HTTP/1.1 200 OK'), { 'Content-Length': 3 })),
  ]);
  expect(await ask(port, '/right')).toMatchObject({ text: 'abc', headers: { 'content-length': '3' } });
  const client = await RawClient.to(port);
  await client.send('GET /long HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.closed;
  expect(client.received.endsWith('abc')).toBe(true);
  await expect(ask(port, '/short')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(logged.findAll({ message: 'answer broke off' })).toHaveLength(2);
});

test('a stream that answers a body nobody read ends its connection', async () => {
  const port = await serve([post('/', () => pieces('streamed'))]);
  const client = await RawClient.to(port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  await client.closed;
  expect(client.received).toMatch(/Connection: close[^]*streamed\r\n0\r\n\r\n$/);
});

test('a pipelined stream whose client goes before its turn is freed and counted', async () => {
  const first = later();
  const began = later();
  const freed = later();
  const port = await serve([
    get('/first', () => first.promise),
    get('/second-stream', async function* ({ signal }) {
      try {
        began.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        yield 'late';
      } finally {
        freed.resolve();
      }
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second-stream HTTP/1.1\r\nHost: a\r\n\r\n');
  await began.promise;
  client.socket.destroy();
  await freed.promise;
  first.resolve();
  await settled();
  expect(await metrics.scrape()).toMatch(/http_route="\/second-stream",error_type="client_gone"\} 1\n/);
});
