import { expect, test } from '@jest/globals';
import { type Answer, ask, logged, open, serve } from '../test/server.ts';
import { RawClient } from '../test/raw-client.ts';
import { del, get, type HttpHandler, post, put, respond, routes } from './index.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** What a client gets for what a GET handler returns. */
async function answerTo(handler: HttpHandler, method = 'GET'): Promise<Answer> {
  return ask(await serve([get('/', handler), post('/', handler), put('/', handler), del('/', handler)]), '/', { method });
}

test('a value is answered by its kind', async () => {
  const cases: [unknown, string | undefined, string][] = [
    [{ a: 1 }, JSON_TYPE, '{"a":1}'],
    [[1, 'é'], JSON_TYPE, '[1,"é"]'],
    [7, JSON_TYPE, '7'],
    [false, JSON_TYPE, 'false'],
    [null, JSON_TYPE, 'null'],
    [new Date(0), JSON_TYPE, '"1970-01-01T00:00:00.000Z"'],
    [Object.assign(Object.create(null) as object, { a: 1 }), JSON_TYPE, '{"a":1}'],
    [{ toJSON: () => ({ b: 2 }) }, JSON_TYPE, '{"b":2}'],
    ['', TEXT_TYPE, ''],
    ['plain', TEXT_TYPE, 'plain'],
    ['é€😀', TEXT_TYPE, 'é€😀'],
    [Buffer.from('bytes'), 'application/octet-stream', 'bytes'],
    [new Uint8Array([0x41, 0x42]), 'application/octet-stream', 'AB'],
  ];
  for (const [value, type, text] of cases) {
    for (const returned of [value, Promise.resolve(value)]) {
      const { status, headers, ...answer } = await answerTo(() => returned);
      expect([status, headers['content-type'], headers['content-length'], answer.text]).toEqual([
        200,
        type,
        String(Buffer.byteLength(text)),
        text,
      ]);
    }
  }
});

test('nothing is a 204; what a POST returns is a 201, what others return a 200', async () => {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    const nothing = await answerTo(() => undefined, method);
    expect([nothing.status, nothing.headers['content-length'], nothing.headers['content-type']]).toEqual([204, undefined, undefined]);
    expect((await answerTo(() => 'x', method)).status).toBe(method === 'POST' ? 201 : 200);
    expect((await answerTo(() => null, method)).status).toBe(method === 'POST' ? 201 : 200);
  }
});

test('respond says status, body and headers', async () => {
  const answer = await answerTo(
    () => respond(202, { a: 1 }, { 'Set-Cookie': ['a=1', 'b=2'], 'X-Number': 7, 'content-type': 'application/vnd.a+json' }),
    'POST',
  );
  expect(answer.status).toBe(202);
  expect(answer.text).toBe('{"a":1}');
  expect(answer.headers).toMatchObject({
    'set-cookie': ['a=1', 'b=2'],
    'x-number': '7',
    'content-type': 'application/vnd.a+json',
    'content-length': '7',
  });
  const empty = await answerTo(() => respond(200));
  expect([empty.status, empty.headers['content-length'], empty.headers['content-type']]).toEqual([200, '0', undefined]);
  expect((await answerTo(() => respond(200, null))).text).toBe('null');
  expect((await answerTo(() => respond(200, Buffer.from('x')))).headers['content-type']).toBe('application/octet-stream');
});

test('204, 205 and 304 have no body, and HEAD has the headers of one', async () => {
  const port = await serve([
    get('/204', () => respond(204, undefined, { ETag: '"1"' })),
    get('/205', () => respond(205)),
    get('/304', () => respond(304, undefined, { ETag: '"1"', 'Content-Length': 1234 })),
    get('/page', () => respond(200, 'twelve bytes', { ETag: '"1"' })),
    get('/told', () => respond(200, undefined, { 'Content-Length': 99 })),
  ]);
  const client = await RawClient.to(port);
  for (const path of ['/204', '/205', '/304']) await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.send('HEAD /page HTTP/1.1\r\nHost: a\r\n\r\nHEAD /told HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  const heads = client.received.split('\r\n\r\n');
  expect(heads.map((head) => [head.slice(9, 12), /content-length: (\d+)/i.exec(head)?.[1]])).toEqual([
    ['204', undefined],
    ['205', '0'],
    ['304', '1234'],
    ['200', '12'],
    ['200', '99'],
    ['', undefined],
  ]);
});

test('a status or a body that HTTP does not have is refused where it is written', () => {
  const refused = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return `${code}: ${message}`;
    }
    return 'accepted';
  };
  for (const status of [0, 99, 100, 101, 199, 600, 200.5, Number.NaN, '200' as never])
    expect(refused(() => respond(status))).toMatch(/^PATRON_HTTP_ANSWER_INVALID: .* is no status/);
  for (const status of [204, 205, 304])
    expect(refused(() => respond(status, 'x'))).toBe(`PATRON_HTTP_ANSWER_INVALID: an answer with status ${status} has no body`);
  expect(refused(() => respond(200, respond(200, 'x')))).toBe('PATRON_HTTP_ANSWER_INVALID: the body of an answer is another answer');
  expect(refused(() => respond(200, 'x').with({ status: 204 }))).toBe('PATRON_HTTP_ANSWER_INVALID: an answer with status 204 has no body');
  expect(refused(() => respond(200, 'x', { 'Transfer-Encoding': 'chunked' }))).toMatch(/belongs to the connection/);
});

test('a header can not split an answer: its handler fails, and the log names the header, not its value', async () => {
  for (const [name, value] of [
    ['X-A', 'a\r\nX-B: c'],
    ['X-A', 'a\nb'],
    ['X-A', '\u0000'],
    ['X-A', 'snow \u2603'],
    ['X-A\r\nX-B', 'c'],
    ['', 'x'],
    ['X-A', undefined as never],
  ] as const) {
    const answer = await answerTo(() => respond(200, 'x', { [name]: value }));
    expect(answer).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
    expect(Object.keys(answer.headers)).not.toContain('x-b');
  }
  expect(logged.findAll({ level: 'error' })).toHaveLength(7);
});

test('a value without a JSON form is a logged 500', async () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  for (const value of [cycle, { a: 1n }, 1n, () => 1, Symbol('x'), { toJSON: () => undefined }]) {
    expect(await answerTo(() => value)).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
  }
  const throwing = {
    get a(): never {
      throw new Error('getter');
    },
  };
  expect((await answerTo(() => respond(200, throwing))).status).toBe(500);
  expect(logged.findAll({ level: 'error', message: 'request failed' })).toHaveLength(7);
});

test('what JSON makes nothing of is a logged 500, and no empty object', async () => {
  function* numbers(): Generator<number> {
    yield 1;
  }
  for (const value of [new Map([['a', 1]]), new Set([1]), numbers(), new URLSearchParams('a=1')])
    expect((await answerTo(() => value)).status).toBe(500);
  const [map, , generator] = logged.findAll({ message: 'request failed' }).map(({ fields }) => (fields['error'] as Error).message);
  expect(map).toBe('the answer has no JSON form: Map; a stream is async, a list is an array');
  expect(generator).toContain('Generator');
  expect((await answerTo(() => ({}))).json).toEqual({});
  expect((await answerTo(() => ({ map: new Map() }))).json).toEqual({ map: {} });
});

test('a fetch Response is an answer', async () => {
  const headers = new Headers({ 'Content-Type': 'text/html', ETag: '"1"', Connection: 'close', 'Keep-Alive': 'x' });
  headers.append('Set-Cookie', 'a=1');
  headers.append('Set-Cookie', 'b=2');
  const answer = await answerTo(() => new Response('<p>', { status: 203, headers }), 'POST');
  expect(answer).toMatchObject({ status: 203, text: '<p>' });
  expect(answer.headers).toMatchObject({ 'content-type': 'text/html', etag: '"1"', 'set-cookie': ['a=1', 'b=2'] });
  // Those that speak of its own connection are not of this one.
  expect(answer.headers).toMatchObject({ connection: 'keep-alive', 'keep-alive': 'timeout=5' });
  expect((await answerTo(() => new Response(null, { status: 204 }))).status).toBe(204);
  expect((await answerTo(() => Response.json({ a: 1 }))).json).toEqual({ a: 1 });
});

test('a response that was fetched goes on as it was unpacked', async () => {
  const { gzipSync } = await import('node:zlib');
  const { port: origin } = await open((_, response) => {
    response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain', 'X-Origin': 'yes' });
    response.end(gzipSync('unpacked'));
  });
  const answer = await answerTo(() => fetch(`http://127.0.0.1:${origin}/`));
  expect(answer).toMatchObject({ status: 200, text: 'unpacked' });
  expect(answer.headers).toMatchObject({ 'x-origin': 'yes', 'content-type': 'text/plain' });
  expect(answer.headers['content-encoding']).toBeUndefined();
});

test('looking for a fetch Response does not load fetch', async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'Response') as PropertyDescriptor;
  let touched = 0;
  Object.defineProperty(globalThis, 'Response', {
    configurable: true,
    get: () => {
      touched++;
      return undefined;
    },
  });
  try {
    for (const value of [{ a: 1 }, new (class Order {})(), 'x', Buffer.from('x')]) expect((await answerTo(() => value)).status).toBe(200);
  } finally {
    Object.defineProperty(globalThis, 'Response', own);
  }
  expect(touched).toBe(0);
});

test('the correlation id of an answer is the one of its request, whatever else is said', async () => {
  const port = await serve([get('/', (request) => respond(200, request.correlationId, { 'X-Correlation-Id': 'mine' }))]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\nx-correlation-id: theirs\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect([...client.received.matchAll(/x-correlation-id: (\S+)/gi)].map(([, id]) => id)).toEqual(['theirs']);
});

test('headers that a listener around the routes has set stay', async () => {
  const listener = routes([get('/', () => respond(200, 'x', { 'Set-Cookie': ['a=1', 'b=2'] })), get('/json', () => ({ a: 1 }))]);
  const { port } = await open((request, response) => {
    response.setHeader('Connection', 'close');
    response.setHeader('X-Around', 'yes');
    response.setHeader('Content-Type', 'text/around');
    listener(request, response);
  });
  for (const [path, type] of [
    ['/', TEXT_TYPE],
    ['/json', JSON_TYPE],
  ] as const) {
    const { headers } = await ask(port, path);
    expect(headers).toMatchObject({ connection: 'close', 'x-around': 'yes', 'content-type': type });
  }
  expect((await ask(port, '/')).headers['set-cookie']).toEqual(['a=1', 'b=2']);
});

test("two copies of the package know each other's answers", async () => {
  class OtherCopy {
    readonly status = 418;
    readonly body = 'other copy';
    readonly headers = { 'x-copy': 'yes' };
  }
  const answer = await answerTo(() => Object.assign(new OtherCopy(), { [Symbol.for('patron.v1.http.response')]: true }));
  expect(answer).toMatchObject({ status: 418, text: 'other copy' });
  expect(answer.headers['x-copy']).toBe('yes');
});

test('pipelined requests are answered in their order, the quick one behind the slow one too', async () => {
  const port = await serve([get('/slow', () => new Promise((resolve) => setTimeout(resolve, 20, 'slow'))), get('/quick', () => 'quick')]);
  const client = await RawClient.to(port);
  await client.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /quick HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.received).toMatch(/slowHTTP[^]*quick$/);
});
