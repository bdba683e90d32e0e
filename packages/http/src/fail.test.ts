import { expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import { ask, logged, serve } from '../test/server.ts';
import {
  badRequest,
  conflict,
  forbidden,
  get,
  HttpError,
  type HttpHandler,
  isHttpError,
  notFound,
  type Route,
  tooManyRequests,
  unauthorized,
  unavailable,
} from './index.ts';

const throwing = (path: string, error: unknown): Route[] => {
  const handlers: [string, HttpHandler][] = [
    ['sync', () => throwIt(error)],
    ['async', async () => throwIt(error)],
  ];
  return handlers.map(([kind, handler]) => get(`/${kind}${path}`, handler));
};

function throwIt(error: unknown): never {
  throw error;
}

test('an unexpected error is a fixed 500, logged once with its route, whatever was thrown and however', async () => {
  const thrown = [
    new TypeError('secret detail'),
    'secret string',
    undefined,
    null,
    7,
    { status: 404, message: 'secret' },
    Object.create(null),
  ];
  const port = await serve(thrown.flatMap((error, index) => throwing(`/${index}`, error)));
  for (const kind of ['sync', 'async']) {
    for (const [index, error] of thrown.entries()) {
      logged.clear();
      const answer = await ask(port, `/${kind}/${index}`, { headers: { 'X-Correlation-Id': 'bad-1' } });
      expect(answer).toMatchObject({ status: 500, text: '{"error":"Internal Server Error"}' });
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(logged.lines).toMatchObject([
        { level: 'error', message: 'request failed', fields: { route: `/${kind}/${index}`, method: 'GET', correlationID: 'bad-1' } },
      ]);
      expect(logged.lines[0]?.fields['error']).toBe(error);
    }
  }
});

test("an HttpError is answered as it says, and is nobody's log line", async () => {
  const errors = [
    new HttpError(418, { teapot: true }, { 'X-Tea': 'yes', 'Set-Cookie': ['a=1', 'b=2'] }),
    new HttpError(404),
    new HttpError(409, 'taken already'),
    new HttpError(400, null),
    new HttpError(400, ['a', 'b']),
  ];
  const port = await serve(errors.flatMap((error, index) => throwing(`/${index}`, error)));
  for (const kind of ['sync', 'async']) {
    const [tea, none, taken, nothing, list] = await Promise.all(errors.map((_, index) => ask(port, `/${kind}/${index}`)));
    expect(tea).toMatchObject({ status: 418, json: { teapot: true }, headers: { 'x-tea': 'yes', 'set-cookie': ['a=1', 'b=2'] } });
    expect(none).toMatchObject({ status: 404, json: { error: 'Not Found' } });
    expect(taken).toMatchObject({ status: 409, json: { error: 'taken already' } });
    expect(nothing).toMatchObject({ status: 400, text: 'null' });
    expect(list).toMatchObject({ status: 400, json: ['a', 'b'] });
  }
  expect(logged.lines).toEqual([]);
});

test('the usual statuses have a function each', () => {
  const made = [
    badRequest(),
    unauthorized(),
    forbidden(),
    notFound(),
    conflict(),
    tooManyRequests('slow down', { 'Retry-After': 3 }),
    unavailable(),
  ];
  expect(made.map(({ status, payload }) => [status, payload])).toEqual([
    [400, { error: 'Bad Request' }],
    [401, { error: 'Unauthorized' }],
    [403, { error: 'Forbidden' }],
    [404, { error: 'Not Found' }],
    [409, { error: 'Conflict' }],
    [429, { error: 'slow down' }],
    [503, { error: 'Service Unavailable' }],
  ]);
  expect(made[5]?.headers).toEqual({ 'retry-after': '3' });
  expect(made.map(({ message }) => message)).toContain('429 Too Many Requests: slow down');
});

test('an HttpError from 500 on is answered as it says, and logged', async () => {
  const port = await serve([get('/', () => throwIt(unavailable('maintenance', { 'Retry-After': 60 })))]);
  expect(await ask(port, '/')).toMatchObject({ status: 503, json: { error: 'maintenance' }, headers: { 'retry-after': '60' } });
  expect(logged.lines).toMatchObject([{ level: 'error', message: 'request failed', fields: { error: { status: 503 } } }]);
});

test('an HttpError is found through the causes of what was thrown, a loop of causes ends', async () => {
  const wrapped = new Error('outer', { cause: new Error('middle', { cause: notFound('inner') }) });
  const loop: { cause?: unknown } = new Error('loop');
  loop.cause = loop;
  const port = await serve([get('/wrapped', () => throwIt(wrapped)), get('/loop', () => throwIt(loop))]);
  expect(await ask(port, '/wrapped')).toMatchObject({ status: 404, json: { error: 'inner' } });
  expect((await ask(port, '/loop')).status).toBe(500);
});

test("two copies of the package know each other's errors", async () => {
  const copy = Object.assign(new Error('copy'), {
    status: 410,
    payload: { gone: true },
    headers: {},
    [Symbol.for('patron.v1.http.error')]: true,
  });
  expect(isHttpError(copy)).toBe(true);
  expect(isHttpError(new Error('no'))).toBe(false);
  const port = await serve([get('/', () => throwIt(copy))]);
  expect(await ask(port, '/')).toMatchObject({ status: 410, json: { gone: true } });
});

test('an HttpError that can not be sent is refused where it is made, or ends as a 500', async () => {
  for (const make of [
    () => new HttpError(200),
    () => new HttpError(600),
    () => new HttpError(404.5),
    () => new HttpError(404, 'x', { 'X-A': 'a\r\nb' }),
  ]) {
    expect(make).toThrow(expect.objectContaining({ code: 'PATRON_HTTP_ANSWER_INVALID' }));
  }
  const port = await serve([get('/', () => throwIt(new HttpError(400, { n: 1n })))]);
  expect(await ask(port, '/')).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
  expect(logged.findAll({ level: 'error' })).toHaveLength(1);
});

test('errors are counted by status; only those of the server are errors of the route', async () => {
  const port = await serve([get('/counted', ({ query }) => throwIt(query['kind'] === 'client' ? notFound() : new Error('inside')))]);
  await ask(port, '/counted?kind=client');
  await ask(port, '/counted?kind=server');
  const scraped = await metrics.scrape();
  expect(scraped).toMatch(/duration_seconds_count\{[^}]*http_route="\/counted",http_response_status_code="404"\} 1/);
  expect(scraped).toMatch(/duration_seconds_count\{[^}]*http_route="\/counted",http_response_status_code="500",error_type="500"\} 1/);
});
