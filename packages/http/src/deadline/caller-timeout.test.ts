import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { remainingMs } from '@patron/trace';
import { create, failure } from '../../test/client.ts';
import { later } from '../../test/later.ts';
import { ask, logged, open, serve } from '../../test/server.ts';
import { get, type HttpRequest, post, routes, type RoutesOptions } from '../index.ts';

const forEver = (): Promise<never> => new Promise(() => undefined);
const waits = (ms: string | readonly string[], name = 'X-Request-Timeout-Ms') => ({ headers: { [name]: ms as string } });

test('a caller that says how long it waits is answered then, its work is told to stop, and the log says whose time was over', async () => {
  const reason = later<unknown>();
  const work = async ({ signal }: HttpRequest): Promise<void> => {
    signal.addEventListener('abort', () => reason.resolve(signal.reason));
    await forEver();
  };
  const port = await serve([get('/slow', work)]);
  const startedAt = performance.now();
  expect(await ask(port, '/slow', waits('40'))).toMatchObject({ status: 503, json: { error: 'Service Unavailable' } });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(38);
  expect(await reason.promise).toMatchObject({ name: 'TimeoutError', code: 'PATRON_HTTP_TIME_LIMIT' });
  const { error } = logged.find({ message: 'request failed' })?.fields ?? {};
  expect(error).toMatchObject({ cause: { message: 'the handler took longer than the 40 ms that its caller gives it' } });
});

test('of the times of route and caller the shorter holds', async () => {
  const port = await serve([get('/short', forEver, { timeoutMs: 20 }), get('/long', forEver, { timeoutMs: 10_000 })]);
  expect((await ask(port, '/short', waits('10000'))).status).toBe(503);
  expect((await ask(port, '/long', waits('20'))).status).toBe(503);
  const causes = logged.lines.map(({ fields }) => (fields['error'] as { cause: Error }).cause.message);
  expect(causes).toEqual([expect.stringContaining('20 ms that its route'), expect.stringContaining('20 ms that its caller')]);
});

test('an answer in time is the answer, and a time longer than any timer is none', async () => {
  const port = await serve([get('/', async () => (await sleep(5), 'in time')), get('/at-once', () => 'at once')]);
  for (const ms of ['5000', '2147483647', '2147483648', '999999999999999']) {
    expect([(await ask(port, '/', waits(ms))).text, (await ask(port, '/at-once', waits(ms))).text]).toEqual(['in time', 'at once']);
  }
});

test('a caller that waits no longer is not worked for', async () => {
  let calls = 0;
  const port = await serve([get('/', () => ++calls)]);
  expect((await ask(port, '/', waits('0'))).status).toBe(503);
  expect(calls).toBe(0);
});

test.each(['', '-1', '1.5', '5s', '1e3', '0x10', '1'.repeat(16), ['5', '10']])('%j milliseconds are a 400 that says so', async (ms) => {
  const answer = await ask(await serve([get('/', () => 'ok')]), '/', waits(ms));
  expect(answer).toMatchObject({
    status: 400,
    json: { problems: [{ in: 'headers', path: 'x-request-timeout-ms', message: 'has to be a whole number of milliseconds' }] },
  });
});

test('the header can have another name, or none', async () => {
  const handlers = [get('/', () => remainingMs() ?? 'as long as it likes')];
  const left = async (options: RoutesOptions, name: string) => (await ask(await serve(handlers, options), '/', waits('5000', name))).text;
  const envoy = 'x-envoy-expected-rq-timeout-ms';
  expect(Number(await left({ timeoutHeader: 'X-Envoy-Expected-Rq-Timeout-Ms' }, envoy))).toBeLessThanOrEqual(5000);
  expect(await left({ timeoutHeader: envoy }, 'x-request-timeout-ms')).toBe('as long as it likes');
  expect(await left({ timeoutHeader: false }, 'x-request-timeout-ms')).toBe('as long as it likes');
  for (const wrong of ['', 'a b', 7, true, null]) {
    expect(() => routes([], { timeoutHeader: wrong as never })).toThrow('it has to be the name of a header, or false for none');
  }
});

test('what is left is passed on from service to service, and all of them stop when the first caller does', async () => {
  const told: Record<string, number> = {};
  const stopped = later();
  const note = (name: string, { headers }: HttpRequest) => (told[name] = Number(headers['x-request-timeout-ms']));
  const last = await serve([
    get('/', async (request) => {
      note('last', request);
      request.signal.addEventListener('abort', () => stopped.resolve());
      await forEver();
    }),
  ]);
  const toLast = create({ baseUrl: `http://127.0.0.1:${last}` });
  const middle = await serve([
    get('/', async (request) => {
      note('middle', request);
      await sleep(20);
      return (await toLast.get('/')).text();
    }),
  ]);
  const toMiddle = create({ baseUrl: `http://127.0.0.1:${middle}` });
  const first = await serve([get('/', async () => (await toMiddle.get('/')).text(), { timeoutMs: 1500 })]);
  expect((await ask(first, '/')).status).toBe(503);
  await stopped.promise;
  expect(told['middle']).toBeLessThanOrEqual(1500);
  expect(told['last']).toBeLessThanOrEqual(told['middle']! - 18);
  expect(told['last']).toBeGreaterThan(0);
});

test.each([{ timeoutMs: 30 }, { headers: { 'X-Request-Timeout-Ms': 30 } }])(
  'time that is over is a 503, whoever of a chain notices it first: %j',
  async (given) => {
    const last = await serve([get('/', forEver)]);
    const toLast = create({ baseUrl: `http://127.0.0.1:${last}` });
    // It does not look at the status: a 503 that came up in time would be its 200.
    const passOn = (client: typeof toLast) => async () => (await client.get('/')).text();
    const toMiddle = create({ baseUrl: `http://127.0.0.1:${await serve([get('/', passOn(toLast))])}` });
    const first = await serve([get('/', passOn(toMiddle), 'headers' in given ? {} : given)]);
    const statuses = new Set<number>();
    // The timers of the three end within two milliseconds, in an order that depends on when within a millisecond each was set.
    for (let i = 0; i < 40; i++) {
      await sleep(i % 3);
      statuses.add((await ask(first, '/', given)).status);
    }
    expect([...statuses]).toEqual([503]);
  },
);

test('a call says no more than its own timeout, and nobody is told where nothing has a deadline', async () => {
  const port = await serve([get('/', ({ headers }) => headers['x-request-timeout-ms'] ?? 'nothing')]);
  const client = create({ baseUrl: `http://127.0.0.1:${port}` });
  const quiet = create({ baseUrl: `http://127.0.0.1:${port}`, timeoutHeader: false });
  const renamed = create({ baseUrl: `http://127.0.0.1:${port}`, timeoutHeader: 'X-Other' });
  const asked = await serve([
    get('/none', async () => (await client.get('/')).text()),
    get('/own', async () => (await client.get('/', { timeoutMs: 700 })).text(), { timeoutMs: 5000 }),
    get('/set', async () => (await client.get('/', { headers: { 'X-Request-Timeout-Ms': 900 } })).text(), { timeoutMs: 5000 }),
    get('/quiet', async () => (await quiet.get('/')).text(), { timeoutMs: 5000 }),
    get('/renamed', async () => (await renamed.get('/')).text(), { timeoutMs: 5000 }),
  ]);
  const answers = ['/none', '/own', '/set', '/quiet', '/renamed'].map(async (path) => (await ask(asked, path)).text);
  expect(await Promise.all(answers)).toEqual(['nothing', '700', '900', 'nothing', 'nothing']);
});

test('a call that has nothing left is not sent, and one that is cut short says by what', async () => {
  let calls = 0;
  const port = await serve([post('/', () => (calls++, forEver()))]);
  const client = create({ baseUrl: `http://127.0.0.1:${port}` });
  const over = later<unknown>();
  const short = later<unknown>();
  const asked = await serve([
    get(
      '/over',
      async () => {
        await sleep(30);
        over.resolve(await failure(client.post('/')));
      },
      { timeoutMs: 20 },
    ),
    get('/short', async () => short.resolve(await failure(client.post('/'))), { timeoutMs: 50 }),
  ]);
  await ask(asked, '/over');
  expect(await over.promise).toMatchObject({
    code: 'PATRON_HTTP_CLIENT_TIMEOUT',
    message: `POST http://127.0.0.1:${port}/: was not sent: the deadline of the work around it is over`,
  });
  expect(calls).toBe(0);
  await ask(asked, '/short');
  expect((await short.promise) as Error).toMatchObject({
    code: 'PATRON_HTTP_CLIENT_TIMEOUT',
    message: expect.stringMatching(/: no answer within \d+ ms, which is what the deadline of the work around it had left$/),
  });
});

test('what a handler leaves behind calls for as long as it likes', async () => {
  const { port } = await open((_, response) => void setTimeout(() => response.end('done'), 60));
  const client = create({ baseUrl: `http://127.0.0.1:${port}` });
  const done = later<string>();
  const asked = await serve([
    get(
      '/',
      () => {
        void sleep(40).then(async () => done.resolve(await (await client.get('/')).text()));
        return 'begun';
      },
      { timeoutMs: 30 },
    ),
  ]);
  expect((await ask(asked, '/')).text).toBe('begun');
  expect(await done.promise).toBe('done');
});
