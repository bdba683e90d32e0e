import { expect, test } from '@jest/globals';
import { instrument } from '@patron/core/http';
import { RawClient } from '../test/raw-client.ts';
import { open } from '../test/server.ts';
import { cors, get, HttpError, type HttpRequest, type Middleware, respond, routes, securityHeaders } from './index.ts';

/** A middleware that says headers. */
const saying =
  (say: (request: HttpRequest) => void): Middleware =>
  (next) =>
  (request) => {
    say(request);
    return next(request);
  };

/** The lines of an answer's head, those left out that every answer has. */
async function linesOf(port: number, path: string): Promise<string[]> {
  const client = await RawClient.to(port);
  await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.until(/\r\n\r\n/);
  client.socket.destroy();
  const [head = ''] = client.received.split('\r\n\r\n');
  return head
    .split('\r\n')
    .filter((line) => !/^(Date|X-Correlation-Id|Connection|Keep-Alive|Content-Length|Transfer-Encoding):/.test(line));
}

// Every way in which an answer leaves.
const answers = [
  get('/text', () => 'text'),
  get('/json', () => ({ a: 1 })),
  get('/umlaut', () => 'ü'),
  get('/bytes', () => Buffer.from('bytes')),
  get('/headers', () => respond(200, 'text', { 'X-Handler': '1' })),
  get('/nothing', () => undefined),
  get('/large', () => 'x'.repeat(300_000)),
  get('/stream', async function* () {
    yield 'a';
  }),
  get('/refused', () => {
    throw new HttpError(409);
  }),
  get('/broken', () => {
    throw new Error('inside');
  }),
  get('/broken-stream', async function* () {
    yield await Promise.reject(new Error('inside'));
  }),
];
const paths = [...answers.map(({ path }) => path), '/none'];

test.each(paths)('what a middleware says is with the answer of %s, once, as it was said last', async (path) => {
  const middlewares = [
    saying((request) => {
      request.setResponseHeader('X-Said', '1');
      request.setResponseHeader('X-Other', 'other');
      request.setResponseHeader('x-said', '2');
    }),
  ];
  const { port } = await open(routes(answers, { middlewares }));
  const lines = await linesOf(port, path);
  expect(lines.filter((line) => /^x-(said|other)/i.test(line))).toEqual(['x-said: 2', 'X-Other: other']);
});

test.each(paths)('an answer of %s says the same, whether others have set headers of its response before or not', async (path) => {
  const served = routes(answers, { middlewares: [cors({ origins: ['https://shop.example'] }), securityHeaders()] });
  const plain = await open(served);
  const before = await open((request, response) => {
    response.setHeader('X-Before', '1');
    served(request, response);
  });
  const expected = await linesOf(plain.port, path);
  expect(expected).toContain('Vary: Origin');
  expect((await linesOf(before.port, path)).toSorted()).toEqual([...expected, 'X-Before: 1'].toSorted());
});

test('what others have set before is joined, or replaced', async () => {
  const served = routes(answers, {
    middlewares: [cors({ origins: ['https://shop.example'] }), saying((request) => request.setResponseHeader('X-Before', 'said'))],
  });
  const { port } = await open((request, response) => {
    response.setHeader('vary', 'Accept');
    response.setHeader('X-Before', 'set');
    served(request, response);
  });
  expect(await linesOf(port, '/text')).toEqual([
    'HTTP/1.1 200 OK',
    'Vary: Accept, Origin',
    'X-Before: said',
    'Content-Type: text/plain; charset=utf-8',
  ]);
});

test.each<[string, Record<string, string | readonly string[]>]>([
  ['of its own', { ETag: '"1"', 'Cache-Control': 'no-store', Location: '/next' }],
  ['a type', { 'Content-Type': 'application/vnd.test+json' }],
  ['a length that patron knows better, and an id', { 'Content-Length': '3', 'X-Correlation-Id': 'mine' }],
  ['several values', { 'Set-Cookie': ['a=1', 'b=2'], Vary: ['Accept', 'Accept-Language'] }],
  ['the name of one that was said', { 'Referrer-Policy': 'origin', vary: 'Accept' }],
  ['a date', { Date: 'yesterday' }],
])('headers of a handler are the same beside ASCII as beside other letters: %s', async (_title, headers) => {
  const list = [get('/ascii', () => respond(200, 'o', headers)), get('/other', () => respond(200, '\u00f6', headers))];
  for (const middlewares of [[], [cors({ origins: ['https://shop.example'] }), securityHeaders()]]) {
    const { port } = await open(routes(list, { middlewares }));
    const ascii = await linesOf(port, '/ascii');
    expect(ascii.toSorted()).toEqual((await linesOf(port, '/other')).toSorted());
    expect(new Set(ascii.map((line) => line.split(':', 1)[0]?.toLowerCase())).size).toBe(ascii.length - ('Set-Cookie' in headers ? 1 : 0));
  }
});

test.each<[string, string, string]>([
  ['a value that ends its line', 'x-place', 'here\r\nSet-Cookie: stolen=1'],
  ['a name that ends its line', 'x-place: here\r\nset-cookie', 'stolen=1'],
  ['a type that ends its line', 'content-type', 'text/plain\nSet-Cookie: stolen=1'],
  ['a control character', 'x-place', '\u0001'],
])('what somebody puts into the headers of an answer that was made already splits no answer: %s', async (_title, name, value) => {
  const { port } = await open(
    routes([
      get('/text', () => {
        const answer = respond(200, 'text', { 'X-Kept': '1' });
        (answer.headers as Record<string, string>)[name] = value;
        return answer;
      }),
    ]),
  );
  const lines = await linesOf(port, '/text');
  expect(lines[0]).toBe('HTTP/1.1 500 Internal Server Error');
  expect(lines.filter((line) => /cookie/i.test(line))).toEqual([]);
});

test('several values are lines of their own', async () => {
  const middlewares = [saying((request) => request.setResponseHeader('Set-Cookie', ['a=1', 'b=2']))];
  const { port } = await open(routes(answers, { middlewares }));
  expect((await linesOf(port, '/text')).filter((line) => line.startsWith('Set-Cookie'))).toEqual(['Set-Cookie: a=1', 'Set-Cookie: b=2']);
});

test('a middleware that ends the connection ends it', async () => {
  const middlewares = [saying((request) => request.setResponseHeader('Connection', 'close'))];
  const { port } = await open(routes(answers, { middlewares }));
  const client = await RawClient.to(port);
  await client.send('GET /text HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.closed;
  expect(client.received).toMatch(/\r\nConnection: close\r\n[^]*\r\n\r\ntext$/);
});

test('where a listener around the routes answers first, its answer has what was said', async () => {
  const never = routes([get('/text', () => new Promise(() => undefined))], { middlewares: [cors({ origins: '*' }), securityHeaders()] });
  const { port } = await open(
    instrument((request, response) => {
      never(request, response);
      response.statusCode = 503;
      response.end('late');
    }),
  );
  expect(await linesOf(port, '/text')).toEqual(
    expect.arrayContaining(['HTTP/1.1 503 Service Unavailable', 'X-Content-Type-Options: nosniff']),
  );
});
