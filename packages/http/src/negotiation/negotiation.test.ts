import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { later, settled } from '../../test/later.ts';
import { RawClient } from '../../test/raw-client.ts';
import { ask, logged, send, serve } from '../../test/server.ts';
import {
  AnswerError,
  type Codec,
  get,
  HttpError,
  json,
  type Middleware,
  post,
  protobuf,
  respond,
  type RoutesError,
  routes,
  text,
  unavailable,
} from '../index.ts';

interface Stock {
  item: string;
  left: number;
}

/** A protobuf message `{ string item = 1; int32 left = 2; }` with left below 128, by hand. */
const stock = protobuf<Stock>({
  encode: ({ item, left }) => ({ finish: () => Buffer.from([0x0a, item.length, ...Buffer.from(item), 0x10, left]) }),
  decode: (bytes) => {
    if (bytes[0] !== 0x0a) throw new RangeError(`index out of range: secret ${String(bytes[0])}`);
    const end = 2 + (bytes[1] as number);
    return { item: Buffer.from(bytes.subarray(2, end)).toString(), left: bytes[end + 1] as number };
  },
});
const TEA = Buffer.from([0x0a, 3, 0x74, 0x65, 0x61, 0x10, 7]);

/** Takes whatever there is, and takes its time. */
const upside: Codec<unknown> = {
  contentTypes: ['application/upside-down'],
  encodes: () => true,
  encode: async (value) => {
    await tick();
    return Buffer.from(JSON.stringify(value)).reverse();
  },
  decode: async (bytes) => {
    await tick();
    return JSON.parse(Buffer.from(bytes).reverse().toString());
  },
};
const turned = (sent: string): unknown => JSON.parse([...sent].reverse().join(''));

const tea = get('/tea', () => ({ item: 'tea', left: 7 }));

test('a client gets the form that it likes best, and caches are told that there are several', async () => {
  const port = await serve([tea], { codecs: [json, stock, upside] });
  const typeOf = async (accept?: string): Promise<unknown[]> => {
    const { status, headers } = await ask(port, '/tea', { headers: accept === undefined ? {} : { Accept: accept } });
    return [status, headers['content-type'], headers.vary];
  };
  expect(await typeOf()).toEqual([200, 'application/json; charset=utf-8', 'Accept']);
  expect(await typeOf('application/x-protobuf')).toEqual([200, 'application/x-protobuf', 'Accept']);
  expect(await typeOf('application/protobuf, application/json;q=0.9')).toEqual([200, 'application/protobuf', 'Accept']);
  expect(await typeOf('application/json;q=0.1, */*;q=0.2')).toEqual([200, 'application/x-protobuf', 'Accept']);
  expect((await ask(port, '/tea', { headers: { Accept: 'application/x-protobuf' } })).text).toBe(TEA.toString());
  expect(turned((await ask(port, '/tea', { headers: { Accept: 'application/upside-down' } })).text)).toEqual({ item: 'tea', left: 7 });
});

test('a codec that writes at once holds nobody up', async () => {
  const seen: boolean[] = [];
  const look: Middleware = (next) => (request) => {
    const answer = next(request);
    seen.push(answer instanceof Promise);
    return answer;
  };
  const port = await serve([tea], { codecs: [json, stock, upside], middlewares: [look] });
  for (const accept of ['application/json', 'application/protobuf', 'application/upside-down', 'text/html']) {
    await ask(port, accept === 'text/html' ? '/nowhere' : '/tea', { headers: { Accept: accept } });
  }
  expect(seen).toEqual([false, false, true, false]);
});

test('HEAD has the headers of its GET, also of a codec that takes its time', async () => {
  const port = await serve([tea], { codecs: [upside, stock] });
  const { headers: got, text: body } = await ask(port, '/tea');
  const { headers: told, text: none } = await ask(port, '/tea', { method: 'HEAD' });
  expect(told['content-length']).toBe(String(body.length));
  expect([told['content-type'], told.vary, none]).toEqual([got['content-type'], got.vary, '']);
});

test('who takes none of the forms gets a 406 that lists them, before the handler has done anything', async () => {
  const done: string[] = [];
  const port = await serve([post('/tea', () => void done.push('tea')), get('/one', () => 1, { codecs: [json] })], {
    codecs: [json, stock],
  });
  const { status, json: answer, headers } = await ask(port, '/tea', { method: 'POST', headers: { Accept: 'text/html' } });
  expect([status, headers.vary]).toEqual([406, 'Accept']);
  expect(answer).toEqual({
    error: 'Not Acceptable',
    available: ['application/json', 'application/x-protobuf', 'application/protobuf', 'application/vnd.google.protobuf'],
  });
  expect(done).toEqual([]);
  const one = await ask(port, '/one', { headers: { Accept: 'text/html' } });
  expect(one).toMatchObject({ status: 406, json: { available: ['application/json'] } });
  expect(one.headers.vary).toBeUndefined();
});

test('a body is read by the codec of its type; what none reads is a 415 with Accept', async () => {
  const port = await serve([post('/stock', async (request) => ({ got: await request.decode() }), { codecs: [json, stock, upside, text] })]);
  const sent = async (type: string | undefined, body: Buffer | string): Promise<unknown[]> => {
    const { status, json: got } = await ask(port, '/stock', {
      method: 'POST',
      headers: type === undefined ? {} : { 'Content-Type': type },
      body,
    });
    return [status, got];
  };
  expect(await sent('application/x-protobuf', TEA)).toEqual([201, { got: { item: 'tea', left: 7 } }]);
  expect(await sent('application/vnd.google.protobuf', TEA)).toEqual([201, { got: { item: 'tea', left: 7 } }]);
  expect(await sent('application/upside-down', '}1:"a"{')).toEqual([201, { got: { a: 1 } }]);
  expect(await sent('application/json; charset=utf-8', '{"a":1}')).toEqual([201, { got: { a: 1 } }]);
  expect(await sent('application/vnd.shop+json', '{"a":1}')).toEqual([201, { got: { a: 1 } }]);
  expect(await sent('text/plain', 'é')).toEqual([201, { got: 'é' }]);
  for (const type of [undefined, 'text/html', 'application/json; charset=utf-16', 'application/json, text/plain', 'text/*', '*/*', 'x'])
    expect([type, (await sent(type, 'x'))[0]]).toEqual([type, 415]);
  const { headers, json: answer } = await ask(port, '/stock', { method: 'POST', headers: { 'Content-Type': 'text/html' }, body: 'x' });
  const all = [...json.contentTypes, ...stock.contentTypes, ...upside.contentTypes, ...text.contentTypes];
  expect(headers.accept).toBe(all.join(', '));
  expect(answer).toEqual({ error: `the body has to be ${all.join(' or ')}` });
});

test('a body that its codec can not read is a 400 that repeats nothing of it; a codec that could not ask says so', async () => {
  const registry: Codec<unknown> = {
    contentTypes: ['application/avro'],
    encode: () => Buffer.alloc(0),
    decode: () => Promise.reject(new Error('no registry', { cause: unavailable('the registry is away') })),
  };
  const port = await serve([post('/stock', (request) => request.decode(), { codecs: [json, stock, registry] })]);
  const complaint = async (type: string, body: string): Promise<unknown> =>
    (await ask(port, '/stock', { method: 'POST', headers: { 'Content-Type': type }, body })).json;
  const problem = (message: string): object => ({ error: 'Bad Request', problems: [{ in: 'body', path: '', message }] });
  expect(await complaint('application/protobuf', 'xyz')).toEqual(problem('is not valid application/x-protobuf'));
  expect(await complaint('application/json', '{')).toEqual(problem('is not valid JSON'));
  expect((await ask(port, '/stock', { method: 'POST' })).json).toEqual(problem('is empty'));
  expect(logged.lines).toEqual([]);
  expect(await complaint('application/avro', 'x')).toEqual({ error: 'the registry is away' });
});

test('a body behind a codec has the limits of any other', async () => {
  const port = await serve([post('/', (request) => request.decode(), { codecs: [upside], maxBodyBytes: 10 })]);
  const headers = { 'Content-Type': 'application/upside-down' };
  expect((await ask(port, '/', { method: 'POST', headers, body: 'x'.repeat(11) })).status).toBe(413);
  expect((await ask(port, '/', { method: 'POST', headers: { ...headers, 'Content-Encoding': 'gzip' }, body: 'x' })).status).toBe(415);
});

test('a schema gets what the codec has read', async () => {
  const schema = z.object({ item: z.string().toUpperCase(), left: z.number().max(9) });
  const port = await serve([post('/stock', ({ body }) => body.item, { codecs: [stock, json], body: schema })]);
  const ok = await ask(port, '/stock', {
    method: 'POST',
    headers: { 'Content-Type': 'application/protobuf', Accept: 'application/json' },
    body: TEA,
  });
  expect([ok.status, ok.json]).toEqual([201, 'TEA']);
  const many = await ask(port, '/stock', {
    method: 'POST',
    headers: { 'Content-Type': 'application/protobuf' },
    body: Buffer.from([...TEA.subarray(0, 6), 99]),
  });
  expect(many).toMatchObject({ status: 400, json: { problems: [{ in: 'body', path: 'left' }] } });
});

test('errors go by a codec that takes anything, else as JSON; a 406 is never made of them', async () => {
  const port = await serve(
    [
      get('/gone', () => {
        throw new HttpError(410, { error: 'Gone', since: 2020 });
      }),
      get('/broken', () => {
        throw new Error('secret');
      }),
    ],
    { codecs: [upside, stock, json] },
  );
  const gone = await ask(port, '/gone', { headers: { Accept: 'application/upside-down' } });
  expect([gone.status, gone.headers['content-type'], gone.headers.vary]).toEqual([410, 'application/upside-down', 'Accept']);
  expect(turned(gone.text)).toEqual({ error: 'Gone', since: 2020 });
  expect(await ask(port, '/gone', { headers: { Accept: 'application/protobuf' } })).toMatchObject({ status: 410, json: { since: 2020 } });
  const nowhere = await ask(port, '/nowhere', { headers: { Accept: 'application/upside-down' } });
  expect([nowhere.status, turned(nowhere.text)]).toEqual([404, { error: 'Not Found' }]);
  expect(await ask(port, '/nowhere', { headers: { Accept: 'text/html' } })).toMatchObject({ status: 404, json: { error: 'Not Found' } });
  const wrong = await ask(port, '/gone', { method: 'PUT' });
  expect([wrong.status, wrong.headers.allow, turned(wrong.text)]).toEqual([405, 'GET, HEAD, OPTIONS', { error: 'Method Not Allowed' }]);
  expect(await ask(port, '/broken')).toMatchObject({ status: 500 });
});

test('a codec that fails while it writes is a logged 500 in JSON, at once or later', async () => {
  const broken = (encode: Codec<unknown>['encode']): Codec<unknown> => ({
    contentTypes: ['x/broken'],
    encodes: () => true,
    encode,
    decode: () => undefined,
  });
  const sync = broken(() => {
    throw new Error('no bytes');
  });
  const async = broken(() => Promise.reject(new Error('no bytes, later')));
  for (const codec of [sync, async]) {
    const port = await serve([get('/', () => 1)], { codecs: [codec] });
    expect(await ask(port, '/')).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
    expect(await ask(port, '/nowhere')).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
  }
  expect(logged.findAll({ level: 'error' }).length).toBeGreaterThanOrEqual(4);
});

test('equally liked codecs are tried in their order: text before JSON takes strings and nothing else', async () => {
  const list = [get('/text', () => 'tea'), get('/value', () => ({ a: 1 }))];
  const types = async (port: number): Promise<unknown[]> => [
    (await ask(port, '/text')).headers['content-type'],
    (await ask(port, '/value')).headers['content-type'],
    (await ask(port, '/value', { headers: { Accept: 'text/plain' } })).headers['content-type'],
  ];
  const JSON_TYPE = 'application/json; charset=utf-8';
  expect(await types(await serve(list, { codecs: [text, json] }))).toEqual(['text/plain; charset=utf-8', JSON_TYPE, JSON_TYPE]);
  const port = await serve(list, { codecs: [json, text] });
  expect(await types(port)).toEqual([JSON_TYPE, JSON_TYPE, JSON_TYPE]);
  expect((await ask(port, '/text')).text).toBe('"tea"');
});

test('who names the type, or sends bytes, a stream or nothing, has decided already', async () => {
  const port = await serve(
    [
      get('/page', () => respond(200, '<p>', { 'Content-Type': 'text/html' })),
      get('/bytes', () => Buffer.from('abc')),
      get('/stream', async function* () {
        yield 'abc';
      }),
      get('/nothing', () => undefined),
      get('/off', () => 'plain', { codecs: [] }),
    ],
    { codecs: [upside, json] },
  );
  const typeOf = async (path: string): Promise<unknown> => (await ask(port, path)).headers['content-type'];
  expect(await typeOf('/page')).toBe('text/html');
  expect(await typeOf('/bytes')).toBe('application/octet-stream');
  expect(await typeOf('/stream')).toBe('application/octet-stream');
  expect((await ask(port, '/nothing')).status).toBe(204);
  expect(await ask(port, '/off', { headers: { Accept: 'image/png' } })).toMatchObject({ status: 200, text: 'plain' });
});

test('an answer that no codec has bytes for is an error of ours', async () => {
  const port = await serve([get('/', () => ({ a: 1 }), { codecs: [text] })]);
  expect((await ask(port, '/')).status).toBe(500);
  expect(logged.find({ level: 'error' })?.fields['error']).toBeInstanceOf(AnswerError);
});

test('Vary has what a middleware, a handler and the codecs put there', async () => {
  const origin: Middleware = (next) => (request) => {
    request.setResponseHeader('Vary', 'Origin');
    return next(request);
  };
  const port = await serve([get('/', () => respond(200, 1, { Vary: 'Accept-Language, accept' }))], {
    codecs: [json, upside],
    middlewares: [origin],
  });
  expect((await ask(port, '/')).headers.vary).toBe('Origin, Accept-Language, Accept');
  expect((await ask(port, '/nowhere')).headers.vary).toBe('Origin, Accept');
});

test('a 406 leaves its connection fit for the next request, the body of the refused one unread', async () => {
  const port = await serve([post('/', async (request) => ({ got: await request.decode() }))], { codecs: [json] });
  const client = await RawClient.to(port);
  const head = (accept: string): string =>
    `POST / HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n`;
  await client.send(`${head('image/png')}"abc"${head('*/*')}"def"`);
  await client.until(/"got":"def"/);
  expect(client.statuses).toEqual([406, 201]);
});

test("a client that goes while a codec takes its time is nobody's error, and the next one is served", async () => {
  const begun = later();
  const held = later();
  const slow: Codec<unknown> = {
    ...upside,
    encode: async () => {
      begun.resolve();
      await held.promise;
      return Buffer.from('done');
    },
  };
  const closed = later();
  const list = [
    get('/value', (request) => {
      request.raw.socket.once('close', () => closed.resolve());
      return 1;
    }),
  ];
  const port = await serve(list, { codecs: [slow] });
  const client = await RawClient.to(port);
  await client.send('GET /value HTTP/1.1\r\nHost: x\r\n\r\n');
  await begun.promise;
  client.socket.destroy();
  await closed.promise;
  held.resolve();
  await settled();
  expect(logged.lines).toEqual([]);
  expect((await ask(port, '/value')).text).toBe('done');
});

test('a body that breaks off is no 400 of its codec', async () => {
  const told = later<unknown>();
  const port = await serve([post('/', (request) => request.decode().catch((error: unknown) => told.resolve(error)))], { codecs: [upside] });
  const client = await RawClient.to(port);
  await client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/upside-down\r\nContent-Length: 5\r\n\r\nab');
  client.socket.destroy();
  expect(await told.promise).toMatchObject({ code: 'PATRON_HTTP_CLIENT_GONE' });
});

test('a 304 tells caches what a 200 would', async () => {
  const port = await serve([get('/', () => respond(304, undefined, { ETag: '"1"' }))], { codecs: [json, upside] });
  const { status, headers } = await ask(port, '/');
  expect([status, headers.vary, headers.etag]).toEqual([304, 'Accept', '"1"']);
});

test('without codecs nobody looks at Accept', async () => {
  const port = await serve([tea, post('/echo', (request) => request.decode())]);
  const { status, headers } = await ask(port, '/tea', { headers: { Accept: 'image/png' } });
  expect([status, headers['content-type'], headers.vary]).toEqual([200, 'application/json; charset=utf-8', undefined]);
  expect((await send(port, '/echo', { a: 1 })).json).toEqual({ a: 1 });
});

test('codecs that can not be are refused with everything that is wrong', () => {
  const codecs = [
    json,
    { ...json },
    7,
    { ...text, contentTypes: [] },
    { ...text, contentTypes: ['text', '*/*', 'a/b;'] },
  ] as Codec<unknown>[];
  try {
    routes([get('/', () => 1, { codecs: 'json' as never })], { codecs, errors: 'xml' as never });
    expect(true).toBe(false);
  } catch (error) {
    expect((error as RoutesError).problems).toEqual([
      'route 0, GET /: codecs is "json"; it has to be an array',
      'codec 1: "application/json" is read by codec 0 already',
      'codec 2 is 7 without encode and decode',
      'codec 3 has no contentTypes',
      'codec 4: "text" is no media type',
      'codec 4: "*/*" is no media type',
      'errors is "xml"; it has to be "json" or "problem"',
    ]);
  }
});
