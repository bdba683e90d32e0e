import { expect, test } from '@jest/globals';
import { ask, logged, send, serve } from '../test/server.ts';
import { get, HttpError, type Middleware, post, respond, toResponse } from './index.ts';

/** Notes when a request passes on its way in and out. */
function note(name: string, notes: string[]): Middleware {
  return (next) => async (request) => {
    notes.push(`> ${name}`);
    try {
      return await next(request);
    } finally {
      notes.push(`< ${name}`);
    }
  };
}

test('middlewares run around the handler: those of all routes outermost, the first of each list first', async () => {
  const notes: string[] = [];
  const port = await serve([get('/a', () => notes.push('handler'), { middlewares: [note('c', notes), note('d', notes)] })], {
    middlewares: [note('a', notes), note('b', notes)],
  });
  await ask(port, '/a');
  expect(notes).toEqual(['> a', '> b', '> c', '> d', 'handler', '< d', '< c', '< b', '< a']);
});

test('middlewares are composed when the routes are made, not when a request comes', async () => {
  let composed = 0;
  const counting: Middleware = (next) => {
    composed++;
    return next;
  };
  const port = await serve([get('/a', () => 1)], { middlewares: [counting] });
  const before = composed;
  for (let i = 0; i < 3; i++) await ask(port, '/a');
  await ask(port, '/none');
  expect(composed).toBe(before);
});

test('a middleware may answer by itself; the handler and the body are left alone', async () => {
  const locked: Middleware = () => () => respond(401, { error: 'who are you?' }, { 'WWW-Authenticate': 'Apikey' });
  const port = await serve([post('/a', () => expect(true).toBe(false), { middlewares: [locked] })]);
  const answer = await send(port, '/a', { x: 1 });
  expect(answer).toMatchObject({ status: 401, json: { error: 'who are you?' } });
  expect(answer.headers['www-authenticate']).toBe('Apikey');
});

test('a middleware sees every answer as a response, and can change its status and headers', async () => {
  const seen: [string, number, unknown][] = [];
  const look: Middleware = (next) => async (request) => {
    const answer = toResponse(request, await next(request));
    seen.push([request.path, answer.status, answer.body]);
    return answer.with({ headers: { 'X-Seen': 'yes', 'Content-Type': 'application/vnd.test+json' } });
  };
  const port = await serve(
    [
      get('/value', () => ({ a: 1 })),
      get('/response', () => respond(203, 'text', { 'X-Seen': 'no', ETag: '"1"' })),
      get('/nothing', () => undefined),
      post('/made', () => 'x'),
      get('/fetched', () => new Response('f', { status: 202 })),
    ],
    { middlewares: [look] },
  );
  const value = await ask(port, '/value');
  expect(value.headers).toMatchObject({ 'x-seen': 'yes', 'content-type': 'application/vnd.test+json', 'content-length': '7' });
  expect((await ask(port, '/response')).headers).toMatchObject({ 'x-seen': 'yes', etag: '"1"' });
  for (const path of ['/nothing', '/fetched', '/none']) expect((await ask(port, path)).headers['x-seen']).toBe('yes');
  expect((await send(port, '/made', 1)).status).toBe(201);
  expect(seen.map(([path, status]) => `${status} ${path}`)).toEqual([
    '200 /value',
    '203 /response',
    '204 /nothing',
    '202 /fetched',
    '404 /none',
    '201 /made',
  ]);
});

test('the middlewares of all routes see the requests that no route has', async () => {
  const seen: string[] = [];
  const look: Middleware = (next) => async (request) => {
    const answer = toResponse(request, await next(request));
    seen.push(`${request.method} ${request.path} ${request.route ?? '-'} ${answer.status}`);
    return answer;
  };
  const preflight: Middleware = (next) => (request) =>
    request.method === 'OPTIONS' ? respond(204, undefined, { 'X-Preflight': 'yes' }) : next(request);
  const port = await serve([get('/a/:id', () => 1)], { middlewares: [look, preflight] });
  await ask(port, '/a/7');
  await ask(port, '/none');
  await ask(port, '/a/7', { method: 'PUT' });
  await ask(port, '/a/%zz');
  expect((await ask(port, '/a/7', { method: 'OPTIONS' })).headers['x-preflight']).toBe('yes');
  expect(seen).toEqual(['GET /a/7 /a/:id 200', 'GET /none - 404', 'PUT /a/7 - 405', 'GET /a/%zz - 400', 'OPTIONS /a/7 - 204']);
});

test('a header set on the request is on its answer, whatever the answer becomes', async () => {
  const cors: Middleware = (next) => (request) => {
    request.setResponseHeader('Access-Control-Allow-Origin', '*');
    request.setResponseHeader('Set-Cookie', ['a=1', 'b=2']);
    return next(request);
  };
  const list = [
    get('/value', () => 'x'),
    get('/nothing', () => undefined),
    get('/error', () => {
      throw new Error('inside');
    }),
    get('/known', () => {
      throw new HttpError(409);
    }),
    get('/stream', async function* () {
      yield 'piece';
    }),
    get('/own', () => respond(200, 'x', { 'Access-Control-Allow-Origin': 'https://one.test', 'Content-Type': 'text/css' })),
  ];
  const port = await serve(list, { middlewares: [cors] });
  for (const [path, status] of [
    ['/value', 200],
    ['/nothing', 204],
    ['/error', 500],
    ['/known', 409],
    ['/stream', 200],
    ['/none', 404],
  ] as const) {
    const answer = await ask(port, path);
    expect([path, answer.status, answer.headers['access-control-allow-origin']]).toEqual([path, status, '*']);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(answer.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  }
  expect((await ask(port, '/own')).headers).toMatchObject({
    'access-control-allow-origin': 'https://one.test',
    'content-type': 'text/css',
  });
});

test('a header that would split or frame the answer is refused where it is set', async () => {
  const refused: string[] = [];
  const port = await serve([
    get('/', (request) => {
      for (const [name, value] of [
        ['X-A', 'a\r\nX-B: c'],
        ['X A', 'a'],
        ['Transfer-Encoding', 'chunked'],
        ['Content-Length', '3'],
        ['Trailer', 'x'],
      ] as const) {
        try {
          request.setResponseHeader(name, value);
        } catch (error) {
          refused.push(`${name} ${(error as { code: string }).code}`);
        }
      }
      return 'fine';
    }),
  ]);
  const answer = await ask(port, '/');
  expect(answer.text).toBe('fine');
  expect(answer.headers['x-b']).toBeUndefined();
  expect(refused).toEqual(
    ['X-A', 'X A', 'Transfer-Encoding', 'Content-Length', 'Trailer'].map((name) => `${name} PATRON_HTTP_ANSWER_INVALID`),
  );
});

test('an error in a middleware is handled like one in the handler', async () => {
  const broken: Middleware = () => () => {
    throw new Error('in the middleware');
  };
  const port = await serve([get('/a', () => 1)], { middlewares: [broken] });
  expect(await ask(port, '/a')).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
  expect(await ask(port, '/none')).toMatchObject({ status: 500 });
  expect(logged.findAll({ level: 'error', message: 'request failed' })).toHaveLength(2);
});
