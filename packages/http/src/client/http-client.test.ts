import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { cert, key } from '../../../core/test/support/certificate.ts';
import { create, createFor, failure, openAnswering, until } from '../../test/client.ts';
import { open } from '../../test/server.ts';
import type { BodyOptions } from '../client.ts';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Answers with what it was asked. */
const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const seen: Seen = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(seen));
  });
};

test('each method sends what it is called', async () => {
  const { client } = await createFor(echo);
  const seen = await Promise.all(
    [client.get('/a'), client.post('/a'), client.put('/a'), client.patch('/a'), client.delete('/a'), client.request({ path: '/a' })].map(
      async (answer) => ((await (await answer).json()) as Seen).method,
    ),
  );
  expect(seen).toEqual(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'GET']);
  const options = await client.request({ method: 'OPTIONS', path: '/a' });
  expect(((await options.json()) as Seen).method).toBe('OPTIONS');
  const head = await client.head('/a');
  expect([head.status, head.ok, await head.text()]).toEqual([200, true, '']);
});

test('params and query are encoded, so a value stays where it was put', async () => {
  const { client } = await createFor(echo);
  const answer = await client.get('/orders/:id/items/:item?kept=1', {
    params: { id: 'a/b?c#d', item: 7 },
    query: { q: 'x & y=z', tags: ['a', 'b'], none: undefined, on: true },
  });
  expect(((await answer.json()) as Seen).url).toBe('/orders/a%2Fb%3Fc%23d/items/7?kept=1&q=x%20%26%20y%3Dz&tags=a&tags=b&on=true');
  const search = await client.get('/größe', { query: new URLSearchParams({ a: '1 2' }) });
  expect(((await search.json()) as Seen).url).toBe('/gr%C3%B6%C3%9Fe?a=1+2');
});

test('paths are below the path of the base URL, absolute URLs too', async () => {
  const { port } = await open(echo);
  const base = `http://127.0.0.1:${port}/api/v1`;
  const client = create({ baseUrl: `${base}/` });
  const asked = async (to: string): Promise<string | undefined> => ((await (await client.get(to)).json()) as Seen).url;
  expect(await asked('/orders?page=1')).toBe('/api/v1/orders?page=1');
  expect(await asked(`${base}/orders?page=2`)).toBe('/api/v1/orders?page=2');
  expect(await asked(base)).toBe('/api/v1');
  const anywhere = create();
  const answer = await anywhere.get(`http://127.0.0.1:${port}/orders/:id`, { params: { id: 7 } });
  expect(((await answer.json()) as Seen).url).toBe('/orders/7');
  expect(((await (await anywhere.request({ url: `http://127.0.0.1:${port}` })).json()) as Seen).url).toBe('/');
});

test('json, text, bytes and streams are sent with their type, unless the caller names one', async () => {
  const { client } = await createFor(echo);
  const sent = async (options: BodyOptions): Promise<[string | undefined, string]> => {
    const { headers, body } = (await (await client.post('/a', options)).json()) as Seen;
    return [headers['content-type'], body];
  };
  expect(await sent({ json: { a: [1, 'ö'] } })).toEqual(['application/json', '{"a":[1,"ö"]}']);
  expect(await sent({ json: null })).toEqual(['application/json', 'null']);
  expect(await sent({ body: 'hello' })).toEqual(['text/plain; charset=utf-8', 'hello']);
  expect(await sent({ body: new Uint8Array([104, 105]) })).toEqual(['application/octet-stream', 'hi']);
  expect(await sent({ body: Readable.from(['a', 'b']) })).toEqual(['application/octet-stream', 'ab']);
  const pieces = async function* (): AsyncGenerator<string> {
    yield 'c';
    yield 'd';
  };
  expect(await sent({ body: pieces(), headers: { 'content-TYPE': 'text/csv' } })).toEqual(['text/csv', 'cd']);
  expect(await sent({})).toEqual([undefined, '']);
});

test('the headers of a call win over those of the client, whatever their case', async () => {
  const { client } = await createFor(echo, { headers: { Authorization: 'Bearer one', 'X-Kept': '1', 'X-List': ['a', 'b'] } });
  const { headers } = (await (await client.get('/', { headers: { authorization: 'Bearer two', 'x-gone': undefined } })).json()) as Seen;
  expect(headers).toMatchObject({ authorization: 'Bearer two', 'x-kept': '1', 'x-list': 'a, b' });
  expect(headers).not.toHaveProperty('x-gone');
});

test('no status is an error, and no redirect is followed', async () => {
  const asked: (string | undefined)[] = [];
  const { client } = await createFor((request, response) => {
    asked.push(request.url);
    response.writeHead(Number(request.url?.slice(1)), { Location: '/200', 'X-Two': ['a', 'b'] }).end('text');
  });
  for (const status of [200, 301, 302, 307, 404, 500]) {
    const answer = await client.get('/:status', { params: { status } });
    expect([answer.status, answer.ok, await answer.text()]).toEqual([status, status === 200, 'text']);
    expect([answer.header('LOCATION'), answer.header('x-two'), answer.header('none')]).toEqual(['/200', 'a, b', undefined]);
  }
  expect(asked).toEqual(['/200', '/301', '/302', '/307', '/404', '/500']);
});

test('throwIfNotOk passes an answer on, or throws its status; a short body that nobody wants costs no connection', async () => {
  let finish = (): unknown => undefined;
  const { port, server } = await open((request, response) => {
    response.writeHead(request.url === '/ok' ? 200 : 503).flushHeaders();
    finish = () => response.end('some text');
  });
  let connections = 0;
  server.on('connection', () => connections++);
  const client = create({ baseUrl: `http://127.0.0.1:${port}`, maxConnections: 1 });
  const good = (await client.get('/ok')).throwIfNotOk();
  finish();
  expect(await good.text()).toBe('some text');
  for (let i = 0; i < 5; i++) {
    const answer = await client.get('/down');
    expect(() => answer.throwIfNotOk()).toThrow(/^GET http:\/\/127\.0\.0\.1:\d+\/down: answered 503$/);
    finish(); // after nobody wanted it
    expect(await failure(answer.text())).toMatchObject({ code: 'PATRON_HTTP_CLIENT_BODY_USED', status: 503 });
  }
  await client.get('/ok');
  expect(connections).toBe(1);
});

test('a body can be asked for again, as another type too; a stream only once', async () => {
  const { client } = await createFor((_, response) => response.end('\uFEFF{"a":1}'));
  const answer = await client.get('/');
  expect(await answer.json()).toEqual({ a: 1 });
  expect(await answer.text()).toBe('{"a":1}');
  expect((await answer.bytes()).length).toBe(10);
  expect(() => answer.stream()).toThrow(expect.objectContaining({ code: 'PATRON_HTTP_CLIENT_BODY_USED' }));

  const streamed = await client.get('/');
  expect((await streamed.stream().toArray()).join('')).toContain('{"a":1}');
  expect(() => streamed.stream()).toThrow(expect.objectContaining({ code: 'PATRON_HTTP_CLIENT_BODY_USED' }));
  expect(await failure(streamed.bytes())).toMatchObject({ code: 'PATRON_HTTP_CLIENT_BODY_USED' });
});

test('json takes a schema, and what it makes of the body is the value', async () => {
  const { client } = await createFor((_, response) => response.end('{"id":"7","price":1}'));
  const answer = await client.get('/');
  const order = await answer.json(z.object({ id: z.coerce.number() }));
  expect(order.id + 1).toBe(8);
  const error = await failure(answer.json(z.object({ price: z.string(), name: z.string() })));
  expect(error.code).toBe('PATRON_HTTP_CLIENT_BODY_INVALID');
  expect(error.message).toMatch(/does not fit its schema: price: .*; name: /);
});

test('a stream comes no faster than it is read, and has no limit of bytes', async () => {
  const size = 32 * 1024 * 1024;
  let written = 0;
  const { client } = await createFor(
    (_, response) => {
      const piece = Buffer.alloc(64 * 1024, 'x');
      const source = new Readable({
        read() {
          written += piece.length;
          this.push(written > size ? null : piece);
        },
      });
      source.pipe(response);
    },
    { maxBodyBytes: 10 },
  );
  const stream = (await client.get('/')).stream();
  let before = -1;
  let stillFor = 0;
  await until(() => {
    stillFor = written === before ? stillFor + 1 : 0;
    before = written;
    return stillFor > 60 && written > 0;
  });
  expect(written).toBeLessThan(size / 2); // the buffers of two sockets, and nobody reads
  let length = 0;
  for await (const chunk of stream) length += (chunk as Buffer).length;
  expect(length).toBe(size);
});

test('a stream that is left early frees its connection', async () => {
  const { client, sockets } = await createFor((_, response) => Readable.from(endless()).pipe(response));
  for await (const chunk of (await client.get('/')).stream()) {
    expect((chunk as Buffer).length).toBeGreaterThan(0);
    break;
  }
  await until(() => sockets.size === 0);
});

test('calls one after the other share connections', async () => {
  let connections = 0;
  const { port, server } = await open(echo);
  server.on('connection', () => connections++);
  const client = create({ baseUrl: `http://127.0.0.1:${port}` });
  for (let i = 0; i < 20; i++) await (await client.get('/')).json();
  // undici gives a connection a turn of the loop to show that it is being closed: a call in that turn opens a second one.
  expect(connections).toBeLessThanOrEqual(2);
});

test('a connection is kept for less long than the server says it waits', async () => {
  let closed = 0;
  const { port, server } = await open(echo);
  server.keepAliveTimeout = 3000; // Node tells it: Keep-Alive: timeout=3
  let endedByClient = false;
  server.on('connection', (socket) => {
    socket.once('end', () => (endedByClient = true));
    socket.once('close', () => closed++);
  });
  const client = create({ baseUrl: `http://127.0.0.1:${port}` });
  await (await client.get('/')).json();
  const answeredAt = performance.now();
  await until(() => closed === 1);
  expect(endedByClient).toBe(true);
  expect(performance.now() - answeredAt).toBeLessThan(2900);
});

test('at most maxConnections are open to one host; what is past it waits its turn', async () => {
  let running = 0;
  let most = 0;
  const { client } = await createFor(
    (_, response) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        response.end('x');
      }, 5);
    },
    { maxConnections: 3 },
  );
  await Promise.all(Array.from({ length: 30 }, async () => (await client.get('/')).text()));
  expect(most).toBe(3);
});

test('https is checked against the authorities that tls names, and shows the certificate of the client', async () => {
  const server = createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    response.end(String(Object.keys((request.socket as TLSSocket).getPeerCertificate()).length > 0));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trusting = create({ baseUrl, tls: { ca: cert, cert, key } });
  expect(await (await trusting.get('/')).text()).toBe('true');
  const error = await failure(create({ baseUrl }).get('/'));
  expect(error).toMatchObject({ code: 'PATRON_HTTP_CLIENT_FAILED', cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('1xx answers are passed over', async () => {
  const port = await openAnswering('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
  const answer = await create({ baseUrl: `http://127.0.0.1:${port}` }).get('/');
  expect([answer.status, await answer.text()]).toEqual([200, 'hi']);
});

test('headers of an answer named like parts of an object are headers', async () => {
  const port = await openAnswering(
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n__proto__: a\r\n__proto__: b\r\nconstructor: c\r\nhasOwnProperty: d\r\n\r\nhi',
  );
  const answer = await create({ baseUrl: `http://127.0.0.1:${port}` }).get('/');
  expect(['__proto__', 'constructor', 'toString'].map((name) => answer.header(name))).toEqual(['a, b', 'c', undefined]);
  expect(await answer.text()).toBe('hi');
});

test('params are typed from the path', async () => {
  const client = create({ baseUrl: 'http://127.0.0.1:9' });
  const calls = (): unknown[] => [
    client.get('/orders'),
    client.get('/orders', { timeoutMs: 1 }),
    client.get('/orders/:id', { params: { id: 1 } }),
    client.get('http://host:80/orders/:id', { params: { id: 'a' } }),
    client.get(`/orders/${String(7)}`),
    client.get(String('/orders'), { params: {} }),
    client.request({ path: '/orders/:id', params: { id: 1 } }),
    // @ts-expect-error a param has no value
    client.get('/orders/:id'),
    // @ts-expect-error a param has no value
    client.get('/orders/:id', { query: {} }),
    // @ts-expect-error another param
    client.get('/orders/:id', { params: { number: 1 } }),
    // @ts-expect-error no param
    client.get('/orders', { params: { id: 1 } }),
    // @ts-expect-error a GET has no body
    client.get('/orders', { json: {} }),
    // @ts-expect-error both
    client.request({ path: '/orders', url: 'http://a' }),
    // @ts-expect-error a param has no value
    client.request({ path: '/orders/:id' }),
  ];
  expect(calls).toHaveLength(0);
});

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(16 * 1024);
}
