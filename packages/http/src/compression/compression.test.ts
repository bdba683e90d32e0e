import { setTimeout as sleep } from 'node:timers/promises';
import zlib from 'node:zlib';
import { expect, test } from '@jest/globals';
import { later } from '../../test/later.ts';
import { RawClient } from '../../test/raw-client.ts';
import { serve } from '../../test/server.ts';
import { badRequest, compression, type CompressionOptions, eventStream, get, head, respond, routes } from '../index.ts';
import { AVAILABLE, Codings, zstd } from './codings.ts';

const LONG = 'a line of a report\n'.repeat(500);
const ORDERS = Array.from({ length: 300 }, (_, id) => ({ id, item: 'tea' }));
const middlewares = [compression()];
const fetched = async (
  port: number,
  path: string,
  accept: string | undefined,
  method = 'GET',
): Promise<{ status: number; headers: Headers; body: Buffer }> => {
  // Not fetch: it decodes by itself.
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asking = request(
      { port, host: '127.0.0.1', path, method, agent: false, headers: accept === undefined ? {} : { 'Accept-Encoding': accept } },
      (response) => {
        response.toArray().then(
          (chunks) =>
            resolve({
              status: response.statusCode ?? 0,
              headers: new Headers(response.headers as Record<string, string>),
              body: Buffer.concat(chunks as Buffer[]),
            }),
          reject,
        );
      },
    );
    asking.on('error', reject).end();
  });
};
const decode: Record<string, (bytes: Buffer) => Buffer> = {
  br: (bytes) => zlib.brotliDecompressSync(bytes),
  gzip: (bytes) => zlib.gunzipSync(bytes),
  deflate: (bytes) => zlib.inflateSync(bytes),
  zstd: (bytes) => (zlib as unknown as { zstdDecompressSync: (bytes: Buffer) => Buffer }).zstdDecompressSync(bytes),
};

test.each<[header: string | undefined, coding: string | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'br'],
  ['*;q=0.1, br;q=0', 'gzip'],
  ['*;q=0', undefined],
  ['identity', undefined],
  ['identity;q=0.5, gzip;q=0.4', undefined],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['identity;q=0', undefined],
  ['gzip;q=1.5', undefined],
  ['gzip;q=, br', 'br'],
  ['gzip;q=0.5;q=1', undefined],
  ['gzip, gzip;q=0', undefined],
  ['compress, unknown', undefined],
  ['gzip ; q=0.3', 'gzip'],
  [', ,gzip,', 'gzip'],
])('of %s the best is %s', (header, coding) => {
  const codings = new Codings(['br', 'gzip', 'deflate']);
  for (let i = 0; i < 2; i++) expect(codings.best(header)).toBe(coding);
});

test.each(AVAILABLE.map((coding) => [coding]))('values, texts, bytes and streams are what they were, by %s', async (coding) => {
  const port = await serve(
    [
      get('/value', () => ORDERS),
      get('/text', async () => LONG),
      get('/bytes', () => respond(200, Buffer.from(LONG), { 'Content-Type': 'text/csv' })),
      get('/stream', () =>
        respond(
          200,
          (async function* () {
            for (let i = 0; i < 100; i++) yield i % 2 === 0 ? LONG : Buffer.from(LONG);
          })(),
          { 'Content-Type': 'text/plain' },
        ),
      ),
    ],
    { middlewares },
  );
  for (const [path, plain, type] of [
    ['/value', JSON.stringify(ORDERS), 'application/json; charset=utf-8'],
    ['/text', LONG, 'text/plain; charset=utf-8'],
    ['/bytes', LONG, 'text/csv'],
    ['/stream', LONG.repeat(100), 'text/plain'],
  ] as const) {
    const { status, headers, body } = await fetched(port, path, coding);
    expect([path, status, headers.get('content-encoding'), headers.get('vary'), headers.get('content-type')]).toEqual([
      path,
      200,
      coding,
      'Accept-Encoding',
      type,
    ]);
    expect(decode[coding]?.(body).toString() === plain).toBe(true);
    expect(body.length).toBeLessThan(plain.length / 2);
    if (path !== '/stream') expect(headers.get('content-length')).toBe(String(body.length));
    const uncoded = await fetched(port, path, undefined);
    expect([uncoded.headers.get('content-encoding'), uncoded.headers.get('vary'), uncoded.body.toString() === plain]).toEqual([
      null,
      'Accept-Encoding',
      true,
    ]);
  }
});

test('a HEAD has the headers of its GET, the length too', async () => {
  const port = await serve([get('/text', () => LONG)], { middlewares });
  const [whole, heads] = [await fetched(port, '/text', 'gzip'), await fetched(port, '/text', 'gzip', 'HEAD')];
  for (const name of ['content-encoding', 'content-length', 'vary', 'content-type'])
    expect(heads.headers.get(name)).toBe(whole.headers.get(name));
  expect(heads.body.length).toBe(0);
});

test.each<[string, ReturnType<typeof get>]>([
  ['small ones', get('/', () => 'small')],
  [
    'those that are encoded already',
    get('/', () => respond(200, zlib.gzipSync(LONG), { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' })),
  ],
  ['those that nobody may transform', get('/', () => respond(200, LONG, { 'Cache-Control': 'public, No-Transform' }))],
  ['those of a type that is compressed in itself', get('/', () => respond(200, Buffer.from(LONG), { 'Content-Type': 'image/png' }))],
  ['bytes of no type', get('/', () => Buffer.from(LONG))],
  ['parts', get('/', () => respond(206, LONG, { 'Content-Range': 'bytes 0-9/10' }))],
  [
    'events',
    get('/', (request) =>
      eventStream(request, async function* () {
        yield { data: LONG };
      }),
    ),
  ],
  [
    'errors',
    get('/', () => {
      throw badRequest(LONG);
    }),
  ],
  ['answers without a body', get('/', () => undefined)],
  ['what has no JSON form', get('/', () => ({ big: 1n }))],
])('%s stay as they are', async (_what, route) => {
  const port = await serve([route], { middlewares });
  const bare = await serve([route]);
  const [ours, plain] = [await fetched(port, '/', 'br, gzip'), await fetched(bare, '/', 'br, gzip')];
  for (const headers of [ours.headers, plain.headers]) for (const name of ['date', 'x-correlation-id']) headers.delete(name);
  expect([...ours.headers]).toEqual([...plain.headers]);
  expect([ours.status, ours.body.equals(plain.body)]).toEqual([plain.status, true]);
});

test('what does not become smaller is sent as it is', async () => {
  const noise = Array.from({ length: 3000 }, () => String.fromCharCode(32 + Math.floor(Math.random() * 90))).join('');
  const tight = zlib.brotliCompressSync(noise).toString('latin1');
  const port = await serve([get('/', () => respond(200, Buffer.from(tight, 'latin1'), { 'Content-Type': 'text/plain' }))], { middlewares });
  const { headers, body } = await fetched(port, '/', 'gzip');
  expect([headers.get('content-encoding'), headers.get('vary'), body.toString('latin1') === tight]).toEqual([
    null,
    'Accept-Encoding',
    true,
  ]);
});

test('a strong ETag becomes a weak one, what varies already varies by both, and ranges are no longer promised', async () => {
  const port = await serve(
    [
      get('/strong', () => respond(200, LONG, { ETag: '"v1"', Vary: 'Origin', 'Accept-Ranges': 'bytes' })),
      get('/weak', () => respond(200, LONG, { ETag: 'W/"v1"' })),
      head('/other', () => respond(200, undefined, { ETag: '"v1"' })),
    ],
    { middlewares },
  );
  const strong = await fetched(port, '/strong', 'gzip');
  expect([strong.headers.get('etag'), strong.headers.get('vary'), strong.headers.get('accept-ranges')]).toEqual([
    'W/"v1"',
    'Origin, Accept-Encoding',
    null,
  ]);
  expect((await fetched(port, '/strong', 'identity')).headers.get('etag')).toBe('"v1"');
  expect((await fetched(port, '/weak', 'gzip')).headers.get('etag')).toBe('W/"v1"');
});

test('each piece of a stream arrives when it is sent, and the next is not asked for before', async () => {
  const next = [later(), later()];
  const asked: number[] = [];
  const port = await serve(
    [
      get('/', () =>
        respond(
          200,
          (async function* () {
            for (const [i, gate] of next.entries()) {
              asked.push(i);
              yield `piece ${i}`;
              await gate.promise;
            }
          })(),
          { 'Content-Type': 'text/plain' },
        ),
      ),
    ],
    { middlewares },
  );
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: deflate\r\n\r\n');
  const head = await client.until(/\r\n\r\n[0-9a-f]+\r\n/);
  const inflate = zlib.createInflate();
  const bytes = Buffer.from(client.received.slice(head.index + head[0].length), 'latin1');
  const first = later<string>();
  inflate.once('data', (data: Buffer) => first.resolve(data.toString()));
  inflate.write(bytes.subarray(0, Number.parseInt(head[0].trim(), 16)));
  expect(await first.promise).toBe('piece 0');
  expect(asked).toEqual([0]);
  for (const gate of next) gate.resolve();
  await client.until(/\r\n0\r\n\r\n$/);
  client.socket.destroy();
});

test('five hundred downloads that are broken off leave no compressor and no source behind', async () => {
  let open = 0;
  const port = await serve(
    [
      get('/', () =>
        respond(
          200,
          (async function* () {
            open++;
            try {
              for (;;) yield LONG;
            } finally {
              open--;
            }
          })(),
          { 'Content-Type': 'text/plain' },
        ),
      ),
    ],
    { middlewares },
  );
  const handles = (): number => process.getActiveResourcesInfo().filter((name) => /zlib|brotli|zstd/i.test(name)).length;
  for (let i = 0; i < 500; i += 50) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => RawClient.to(port)));
    await Promise.all(
      clients.map(async (client) => {
        await client.send('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n');
        await client.until(/\r\n\r\n/);
        client.socket.destroy();
        await client.closed;
      }),
    );
  }
  while (open > 0) await sleep(10);
  expect(handles()).toBe(0);
}, 60_000);

test('a source that fails in the middle breaks the answer off', async () => {
  const port = await serve(
    [
      get('/', () =>
        respond(
          200,
          (async function* () {
            yield LONG;
            await sleep(5);
            throw new Error('the source is gone');
          })(),
          { 'Content-Type': 'text/plain' },
        ),
      ),
    ],
    { middlewares },
  );
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n');
  await client.closed;
  expect(client.received).not.toMatch(/\r\n0\r\n\r\n$/);
});

test('all that is wrong with the options is said at once', () => {
  const problems = (options: unknown): unknown => {
    try {
      routes([], { middlewares: [compression(options as CompressionOptions)] });
    } catch (error) {
      return (error as { problems: unknown }).problems;
    }
    return [];
  };
  expect(problems({ codings: ['lzma', 'br'], thresholdBytes: -1, types: 'text', level: 9 })).toEqual([
    'there is no option "level"',
    expect.stringMatching(/^codings has "lzma": it takes .*br, gzip, deflate$/),
    'thresholdBytes is -1: it takes a whole number, 0 to 1000000000',
    'types is "text": it takes a function',
  ]);
  expect(problems({ codings: [] })).toEqual([expect.stringMatching(/^codings is .*: it takes a list of /)]);
  expect(problems({ codings: ['zstd'] })).toEqual(
    zstd.createZstdCompress === undefined ? ['codings has "zstd", which Node has from 22.15 on'] : [],
  );
});
