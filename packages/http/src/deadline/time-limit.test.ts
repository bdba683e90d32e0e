import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { remainingMs } from '@patron/trace';
import { later } from '../../test/later.ts';
import { RawClient } from '../../test/raw-client.ts';
import { ask, logged, serve } from '../../test/server.ts';
import { apiKey, get, HttpError, type HttpRequest, type Middleware, post, routes, toResponse, type Route } from '../index.ts';

const SHORT_MS = 30;
const forEver = (): Promise<never> => new Promise(() => undefined);

test('a handler that takes too long is answered for with a 503, its signal aborts, and the log says what was late', async () => {
  const reason = later<unknown>();
  const port = await serve([
    get(
      '/slow/:id',
      async ({ signal }) => {
        signal.addEventListener('abort', () => reason.resolve(signal.reason));
        await forEver();
      },
      { timeoutMs: SHORT_MS },
    ),
  ]);
  const startedAt = performance.now();
  expect(await ask(port, '/slow/7')).toMatchObject({ status: 503, json: { error: 'Service Unavailable' } });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(SHORT_MS - 2);
  expect(await reason.promise).toMatchObject({ name: 'TimeoutError', code: 'PATRON_HTTP_TIME_LIMIT' });
  const line = logged.find({ message: 'request failed' });
  expect(line).toMatchObject({ level: 'error', fields: { method: 'GET', route: '/slow/:id' } });
  expect(line?.fields['error']).toMatchObject({ cause: { message: 'the handler took longer than the 30 ms that its route gives it' } });
  expect(line?.fields['correlationID']).toEqual(expect.any(String));
});

test('a signal that is asked for when the time is over is aborted already', async () => {
  const seen = later<boolean>();
  const port = await serve([
    get(
      '/slow',
      async (request) => {
        await sleep(SHORT_MS * 2);
        seen.resolve(request.signal.aborted);
      },
      { timeoutMs: SHORT_MS },
    ),
  ]);
  expect((await ask(port, '/slow')).status).toBe(503);
  expect(await seen.promise).toBe(true);
});

test('what a handler comes to in time is the answer: a value, an error, at once or later', async () => {
  const options = { timeoutMs: 5000 };
  const port = await serve([
    get('/now', () => 'now', options),
    get('/later', async () => (await sleep(5), 'later'), options),
    get('/thrown', async () => Promise.reject(new Error('own')), options),
  ]);
  expect([(await ask(port, '/now')).text, (await ask(port, '/later')).text, (await ask(port, '/thrown')).status]).toEqual([
    'now',
    'later',
    500,
  ]);
});

test('what fails as the time ends took too long, whoever notices first, and the log says how it failed; an answer stays one', async () => {
  const atTheEnd = (error: Error) => async (): Promise<never> => {
    const endsAt = performance.now() + (remainingMs() as number);
    await sleep(5);
    while (performance.now() < endsAt - 1); // no timer runs meanwhile
    throw error;
  };
  const port = await serve(
    [
      get('/call', atTheEnd(new Error('no answer within 29 ms'))),
      get('/conflict', atTheEnd(new Error('wrapped', { cause: new HttpError(409) }))),
    ],
    { timeoutMs: SHORT_MS },
  );
  expect([(await ask(port, '/call')).status, (await ask(port, '/conflict')).status]).toEqual([503, 409]);
  const { error } = logged.find({ message: 'request failed' })?.fields ?? {};
  expect(error).toMatchObject({ status: 503, cause: { code: 'PATRON_HTTP_TIME_LIMIT', cause: { message: 'no answer within 29 ms' } } });
});

test('what it comes to afterwards is sent to nobody: a value, a stream, which is closed, an error, which is told', async () => {
  const closed = later();
  const stream = new Readable({ read: () => undefined, destroy: (error, done) => (closed.resolve(), done(error)) });
  const late =
    <T>(value: () => T) =>
    async (): Promise<T> => (await sleep(SHORT_MS * 2), value());
  const port = await serve(
    [
      get(
        '/value',
        late(() => 'late'),
      ),
      get(
        '/stream',
        late(() => stream),
      ),
      get(
        '/error',
        late(() => {
          throw new Error('late failure');
        }),
      ),
      get('/abort', ({ signal }) => sleep(60_000, undefined, { signal })),
    ],
    { timeoutMs: SHORT_MS },
  );
  for (const path of ['/value', '/stream', '/error', '/abort']) {
    const client = await RawClient.to(port);
    await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.until(/ 503 [^]*Unavailable"\}$/);
    await sleep(SHORT_MS * 2);
    expect(client.statuses).toEqual([503]);
    client.socket.destroy();
  }
  await closed.promise;
  expect(
    logged.lines.filter(({ level }) => level === 'warn').map(({ message, fields }) => [message, (fields['error'] as Error).message]),
  ).toEqual([['a handler failed after its time limit', 'late failure']]);
});

test('a stream that began in time is not cut by it', async () => {
  const port = await serve([
    get(
      '/stream',
      async function* () {
        for (const piece of ['a', 'b', 'c']) {
          yield piece;
          await sleep(SHORT_MS);
        }
      } as unknown as (request: HttpRequest) => unknown,
      { timeoutMs: SHORT_MS },
    ),
  ]);
  expect(await ask(port, '/stream')).toMatchObject({ status: 200, text: 'abc' });
});

test('a route has its own time, or that of all routes; who asks and the body are within it', async () => {
  const slowKeys = apiKey(forEver);
  const port = await serve(
    [
      get('/long', async () => (await sleep(SHORT_MS * 2), 'long'), { timeoutMs: 5000 }),
      get('/guarded', () => 'in', { auth: slowKeys }),
      post('/body', async (request) => request.text()),
    ],
    { timeoutMs: SHORT_MS },
  );
  expect((await ask(port, '/long')).text).toBe('long');
  expect((await ask(port, '/guarded', { headers: { Authorization: 'Apikey k' } })).status).toBe(503);
  const client = await RawClient.to(port);
  await client.send('POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf');
  await client.until(/ 503 /);
  client.socket.destroy();
});

test('middlewares of all routes see the 503', async () => {
  const seen: number[] = [];
  const watching: Middleware = (next) => async (request) => {
    try {
      return toResponse(request, await next(request));
    } catch (error) {
      seen.push((error as { status: number }).status);
      throw error;
    }
  };
  const port = await serve([get('/slow', forEver, { timeoutMs: SHORT_MS })], { middlewares: [watching] });
  await ask(port, '/slow');
  expect(seen).toEqual([503]);
});

test.each([0, -1, 1.5, Number.NaN, 2 ** 31, '100'])('a limit of %s is refused', (timeoutMs) => {
  const route: Route = get('/a', () => 1, { timeoutMs: timeoutMs as number });
  expect(() => routes([route])).toThrow(/route 0, GET \/a: timeoutMs is .*; it has to be a whole number of milliseconds, 1 or more/);
  expect(() => routes([], { timeoutMs: timeoutMs as number })).toThrow(/timeoutMs is /);
});
