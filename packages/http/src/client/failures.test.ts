import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { freePort } from '../../../../tools/services/ports.mjs';
import { active, counted, create, createFor, failure, openAnswering, openRaw, until } from '../../test/client.ts';
import { logged } from '../../test/server.ts';

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

const clientFor = (port: number, timeoutMs = 20_000) => create({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs });

test('a refused connection says who refused it, without the query, and keeps the cause', async () => {
  const port = await freePort();
  const error = await failure(clientFor(port).get('/orders/:id', { params: { id: 7 }, query: { token: 'secret' } }));
  expect(error).toMatchObject({
    name: 'HttpClientError',
    code: 'PATRON_HTTP_CLIENT_FAILED',
    method: 'GET',
    url: `http://127.0.0.1:${port}/orders/7`,
    status: undefined,
    cause: { code: 'ECONNREFUSED' },
  });
  expect(error.message).toBe(`GET http://127.0.0.1:${port}/orders/7: no connection: connect ECONNREFUSED 127.0.0.1:${port}`);
  expect(await counted(port)).toEqual(['http_request_method="GET",url_template="/orders/:id",error_type="ECONNREFUSED" 1']);
  expect(await active(port)).toBe(0);
});

test('a refused connection to a name with several addresses says why, too', async () => {
  const port = await freePort();
  const error = await failure(create({ baseUrl: `http://localhost:${port}` }).get('/'));
  expect(error.message).toContain('ECONNREFUSED');
});

test('a host that no name server knows is a failed call', async () => {
  const error = await failure(create().get('http://no-such-host.invalid/a'));
  expect(error).toMatchObject({ code: 'PATRON_HTTP_CLIENT_FAILED', url: 'http://no-such-host.invalid/a' });
  expect(error.message).toMatch(/^GET http:\/\/no-such-host\.invalid\/a: no connection: getaddrinfo (ENOTFOUND|EAI_AGAIN)/);
});

test('no answer within the timeout ends the call, and its connection', async () => {
  const gone: Promise<unknown>[] = [];
  // undici may have opened another one meanwhile: what counts is the one that was asked.
  const port = await openRaw((socket) => socket.once('data', () => gone.push(new Promise((resolve) => socket.once('close', resolve)))));
  const client = clientFor(port, 500);
  const error = await failure(client.get('/slow'));
  expect(error.code).toBe('PATRON_HTTP_CLIENT_TIMEOUT');
  expect(error.message).toBe(`GET http://127.0.0.1:${port}/slow: no answer within 500 ms`);
  expect((await failure(client.get('/slow', { timeoutMs: 60 }))).message).toContain('within 60 ms');
  await Promise.all(gone);
  expect(await counted(port)).toEqual(['http_request_method="GET",error_type="PATRON_HTTP_CLIENT_TIMEOUT" 2']);
  expect(await active(port)).toBe(0);
});

test('a head that comes byte by byte does not outlive the timeout', async () => {
  const port = await openRaw((socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write('X-A: b\r\n'), 10);
    socket.once('close', () => clearInterval(timer));
  });
  expect((await failure(clientFor(port, 500).get('/'))).message).toContain('no answer within 500 ms');
});

test('nor does a body that comes byte by byte', async () => {
  const port = await openRaw((socket) => {
    socket.write(`${head}Content-Length: 1000000\r\n\r\n`);
    const timer = setInterval(() => socket.write('x'), 10);
    socket.once('close', () => clearInterval(timer));
  });
  const client = clientFor(port, 1000);
  const error = await failure((await client.get('/')).text());
  expect(error).toMatchObject({ code: 'PATRON_HTTP_CLIENT_TIMEOUT', status: 200 });
  expect(error.message).toContain('the body of the answer was not complete within 1000 ms');
  const stream = (await client.get('/')).stream();
  expect(await failure(stream.toArray())).toMatchObject({ code: 'PATRON_HTTP_CLIENT_TIMEOUT' });
  expect(logged.lines).toEqual([]); // somebody reads it: the error tells
  expect(await counted(port)).toEqual([
    'http_request_method="GET",http_response_status_code="200",error_type="PATRON_HTTP_CLIENT_TIMEOUT" 2',
  ]);
});

test('a connection that does not come about ends with the call that waits for it', async () => {
  // A dispatcher that never connects: no address is there to be black-holed everywhere.
  const dispatcher = { dispatch: () => true } as never;
  const client = create({ baseUrl: 'http://127.0.0.1:1', dispatcher, timeoutMs: 50 });
  expect((await failure(client.get('/'))).message).toBe('GET http://127.0.0.1:1/: no connection within 50 ms');
});

test('what was given up while it waited for a connection is never sent, and costs no connection', async () => {
  const asked: string[] = [];
  const sockets: Socket[] = [];
  const port = await openRaw((socket) => {
    sockets.push(socket);
    socket.on('data', (data) => asked.push(...(String(data).match(/^\w+ \S+/gm) ?? [])));
  });
  const client = create({ baseUrl: `http://127.0.0.1:${port}`, maxConnections: 1 });
  const first = client.get('/first');
  await until(() => asked.length === 1);
  const body = new PassThrough();
  const second = failure(client.post('/second', { timeoutMs: 50, body }));
  expect((await second).message).toContain('no connection within 50 ms');
  expect(body.destroyed).toBe(true);
  sockets[0]?.write('HTTP/1.1 204 No Content\r\n\r\n');
  expect((await first).status).toBe(204);
  const third = client.get('/third');
  await until(() => asked.length === 2);
  sockets[0]?.write('HTTP/1.1 204 No Content\r\n\r\n');
  expect((await third).status).toBe(204);
  expect(asked).toEqual(['GET /first', 'GET /third']);
  expect(sockets).toHaveLength(1);
});

test('an answer that breaks off is a failed call, before its head and after it', async () => {
  const before = await openRaw((socket) => socket.once('data', () => socket.resetAndDestroy()));
  const early = await failure(clientFor(before).get('/'));
  expect(early).toMatchObject({ code: 'PATRON_HTTP_CLIENT_FAILED', status: undefined });
  expect(early.message).toMatch(/: no answer: .*(ECONNRESET|UND_ERR_SOCKET)/);

  const framings = { 'Content-Length: 100': 'part', 'Transfer-Encoding: chunked': '4\r\npart\r\n' };
  for (const [framing, part] of Object.entries(framings)) {
    const after = await openRaw((socket) =>
      socket.once('data', () => socket.write(`${head}${framing}\r\n\r\n${part}`, () => setTimeout(() => socket.destroy(), 20))),
    );
    const answer = await clientFor(after).get('/');
    const late = await failure(answer.json());
    expect(late).toMatchObject({ code: 'PATRON_HTTP_CLIENT_FAILED', status: 200 });
    expect(late.message).toContain(': the body of the answer broke off: ');
    const stream = (await clientFor(after).get('/')).stream();
    expect(await failure(stream.toArray())).toMatchObject({ code: 'PATRON_HTTP_CLIENT_FAILED' });
    const lines = await counted(after);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /http_response_status_code="200",error_type="(UND_ERR_SOCKET|ECONNRESET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)" 2$/,
    );
  }
});

test('what is no HTTP is a failed call, and nothing behind an answer is taken for the next', async () => {
  for (const bytes of ['SSH-2.0-OpenSSH\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', 'HTTP/1.1 200 OK\r\nA b: c\r\n\r\n']) {
    const error = await failure((async () => (await clientFor(await openAnswering(bytes)).get('/')).bytes())());
    expect(error.code).toBe('PATRON_HTTP_CLIENT_FAILED');
  }
  let asked = 0;
  const port = await openRaw((socket) =>
    socket.on('data', () => {
      const answer = `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${asked++}`;
      socket.write(`${answer}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
    }),
  );
  const client = create({ baseUrl: `http://127.0.0.1:${port}`, maxConnections: 1 });
  for (let i = 0; i < 5; i++) expect(await (await client.get('/')).text()).toBe(String(i));
});

test('an upgrade that nobody asked for is a failed call', async () => {
  const port = await openAnswering('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n');
  expect((await failure(clientFor(port).get('/'))).code).toBe('PATRON_HTTP_CLIENT_FAILED');
});

test('the signal of the caller gives the call up with its reason, wherever the call is', async () => {
  const reason = Object.assign(new Error('enough'), { name: 'EnoughError' });
  const port = await openRaw((socket) =>
    socket.once('data', (data) => {
      if (String(data).startsWith('GET /body')) socket.write(`${head}Content-Length: 100\r\n\r\npart`);
    }),
  );
  const client = clientFor(port);
  expect(await failure(client.get('/never', { signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(await counted(port)).toEqual([]); // nothing was sent

  const waiting = new AbortController();
  const call = failure(client.get('/waiting', { signal: waiting.signal }));
  setTimeout(() => waiting.abort(reason), 50);
  expect(await call).toBe(reason);

  const reading = new AbortController();
  const answer = await client.get('/body', { signal: reading.signal });
  const text = failure(answer.text());
  reading.abort(reason);
  expect(await text).toBe(reason);

  expect(await counted(port)).toEqual([
    'http_request_method="GET",error_type="EnoughError" 1',
    'http_request_method="GET",http_response_status_code="200",error_type="EnoughError" 1',
  ]);
  expect(await active(port)).toBe(0);
});

test('a reason that is no error puts no text of its own into a label', async () => {
  const port = await openRaw(() => undefined);
  const abort = new AbortController();
  const call = clientFor(port).get('/', { signal: abort.signal });
  setTimeout(() => abort.abort('order 4711 is gone'), 20);
  await expect(call).rejects.toBe('order 4711 is gone');
  const timed = clientFor(port).get('/', { signal: AbortSignal.timeout(20) });
  expect(await failure(timed)).toMatchObject({ name: 'TimeoutError' });
  expect(await counted(port)).toEqual([
    'http_request_method="GET",error_type="AbortError" 1',
    'http_request_method="GET",error_type="TimeoutError" 1',
  ]);
});

test('one signal serves many calls: Node warns of no leak, and no listener stays on it', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning);
  process.on('warning', onWarning);
  const { client } = await createFor((_, response) => setTimeout(() => response.end('x'), 20));
  const { signal } = new AbortController();
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 50 }, async () => (await client.get('/', { signal })).text()));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  }
  await failure(create({ baseUrl: 'http://127.0.0.1:9' }).get('/', { signal }));
  expect(getEventListeners(signal, 'abort')).toEqual([]);

  const together = new AbortController();
  const calls = Array.from({ length: 50 }, () => failure(client.get('/', { signal: together.signal })));
  const reason = new Error('all of you');
  together.abort(reason);
  expect(new Set(await Promise.all(calls))).toEqual(new Set([reason]));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

test('a body longer than maxBodyBytes is refused, announced or not, and its connection closed', async () => {
  const { client, sockets, port } = await createFor(
    (request, response) => {
      if (request.url === '/announced') response.setHeader('Content-Length', 1e9);
      const pump = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16 * 1024)));
      };
      response.on('drain', pump);
      pump();
    },
    { maxBodyBytes: 300_000 },
  );
  for (const path of ['/announced', '/unannounced']) {
    const answer = await client.get(path);
    const error = await failure(answer.bytes());
    expect(error).toMatchObject({ code: 'PATRON_HTTP_CLIENT_BODY_TOO_LARGE', status: 200 });
    expect(error.message).toBe(`GET http://127.0.0.1:${port}${path}: the body of the answer is longer than 300000 bytes`);
    expect(await failure(answer.text())).toBe(error);
  }
  await until(() => sockets.size === 0);
  expect(await counted(port)).toEqual([
    'http_request_method="GET",http_response_status_code="200",error_type="PATRON_HTTP_CLIENT_BODY_TOO_LARGE" 2',
  ]);
});

test('the limit of a call wins, and a body of just that length is read', async () => {
  const { client } = await createFor((_, response) => response.end('12345'), { maxBodyBytes: 1 });
  expect(await (await client.get('/', { maxBodyBytes: 5 })).text()).toBe('12345');
  expect((await failure((await client.get('/', { maxBodyBytes: 4 })).text())).code).toBe('PATRON_HTTP_CLIENT_BODY_TOO_LARGE');
});

test('a body that is not what was asked for is refused, and says what it is', async () => {
  const deep = 100_000;
  const cases: [type: string, body: string | Buffer, problem: RegExp][] = [
    ['text/html', '<html>', /is not valid JSON \(its type: text\/html\)$/],
    ['application/json', '', /is empty, where JSON is expected$/],
    ['application/json', '{"a":1', /is not valid JSON/],
    ['application/json', Buffer.from([0x22, 0xff, 0x22]), /is not valid UTF-8$/],
    ['application/json; charset=iso-8859-1', '{}', /is in iso-8859-1, not in UTF-8$/],
    ['application/json', '['.repeat(deep) + ']'.repeat(deep), /is nested deeper than 100 levels$/],
    ['application/json', '{"__proto__":{"admin":true}}', /has a key that is not allowed/],
  ];
  for (const [type, body, problem] of cases) {
    const { client } = await createFor((_, response) => response.setHeader('Content-Type', type).end(body));
    const error = await failure((await client.get('/')).json());
    expect([error.code, error.status]).toEqual(['PATRON_HTTP_CLIENT_BODY_INVALID', 200]);
    expect(error.message).toMatch(problem);
  }
  const { client } = await createFor((_, response) => response.setHeader('Content-Encoding', 'gzip').end('x'));
  expect((await failure((await client.get('/')).text())).message).toContain('is compressed (gzip)');
});

test('a body of a request that fails is a failed call, with its error as the cause', async () => {
  const { client, port } = await createFor((request, response) => {
    request.resume();
    request.on('end', () => response.end());
  });
  const broken = Object.assign(new Error('disk on fire'), { code: 'EIO' });
  const body = new PassThrough();
  body.write('part');
  setImmediate(() => body.destroy(broken));
  const error = await failure(client.put('/file', { body }));
  expect(error).toMatchObject({ code: 'PATRON_HTTP_CLIENT_FAILED', cause: broken });
  expect(error.message).toBe(`PUT http://127.0.0.1:${port}/file: the body of the request failed: disk on fire (EIO)`);
});

test('a stream that is to be sent is destroyed where the call fails, also before anything is sent', async () => {
  const port = await freePort();
  const client = clientFor(port);
  const bodies = Array.from({ length: 4 }, () => new PassThrough());
  const [refused, invalid, aborted, closed] = bodies;
  await failure(client.post('/', { body: refused! }));
  await failure(client.post('/../', { body: invalid! }));
  await failure(client.post('/', { body: aborted!, signal: AbortSignal.abort() }));
  await client.close();
  await failure(client.post('/', { body: closed! }));
  expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true]);
});
