import { expect, test } from '@jest/globals';
import { later, settled } from '../../test/later.ts';
import { RawClient } from '../../test/raw-client.ts';
import { ask, logged, serve } from '../../test/server.ts';
import { accessLog, type AccessLogOptions, badRequest, type GuardOptionsError, get, type Route, routes } from '../index.ts';

const list: Route[] = [
  get('/orders/:id', () => 'tea'),
  get('/bad', () => {
    throw badRequest();
  }),
  get('/broken', () => {
    throw new Error('inside');
  }),
];

/** The lines of the access log so far; waits for so many. */
async function lines(count: number): Promise<{ level: string; fields: Record<string, unknown> }[]> {
  for (;;) {
    const found = logged.findAll({ message: 'request' });
    if (found.length >= count) return found as never;
    await settled();
  }
}

test('each request has one line, with what came and what became of it', async () => {
  const port = await serve(list, { middlewares: [accessLog()] });
  const headers = { 'User-Agent': 'curl/8', 'X-Correlation-Id': 'abc' };
  const answer = await ask(port, '/orders/7?token=secret&page=2', { headers });
  expect(answer.text).toBe('tea');
  const [line] = await lines(1);
  expect(line).toMatchObject({
    level: 'info',
    fields: {
      method: 'GET',
      route: '/orders/:id',
      path: '/orders/7?token=REDACTED&page=REDACTED',
      status: 200,
      userAgent: 'curl/8',
      peer: '127.0.0.1',
      correlationID: 'abc',
    },
  });
  expect(line?.fields['durationMs']).toBeGreaterThanOrEqual(0);
  expect(line?.fields['bytes']).toBeGreaterThan(100);
  expect(line?.fields).not.toHaveProperty('end');
  await settled();
  expect(logged.lines).toHaveLength(1);
});

test('the level goes by the status: errors from 500 on', async () => {
  const port = await serve(list, { middlewares: [accessLog({ level: 'debug' })] });
  logged.clear();
  for (const path of ['/none', '/bad', '/broken']) await ask(port, path);
  const found = logged.findAll({ message: 'request' });
  expect(found.map(({ level, fields }) => `${level} ${String(fields['status'])}`)).toEqual(['error 500']); // debug is off
});

test('bytes are those of each answer of a connection', async () => {
  const port = await serve([get('/big', () => 'x'.repeat(5000)), get('/small', () => 'x')], { middlewares: [accessLog()] });
  const client = await RawClient.to(port);
  for (const [path, count] of [
    ['/big', 1],
    ['/small', 2],
  ] as const) {
    await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await lines(count);
  }
  const [big, small] = (await lines(2)).map(({ fields }) => Number(fields['bytes']));
  expect(big).toBeGreaterThan(5000);
  expect(small).toBeLessThan(500);
  expect(Number(big) + Number(small)).toBe(client.received.length);
  client.socket.destroy();
});

test('a stream is logged when it is over, not when the handler has returned', async () => {
  const gate = later();
  const began = later();
  const port = await serve(
    [
      get('/stream', async function* () {
        yield 'a';
        began.resolve();
        await gate.promise;
        yield 'b';
      }),
    ],
    { middlewares: [accessLog()] },
  );
  const answer = ask(port, '/stream');
  await began.promise;
  await settled();
  expect(logged.findAll({ message: 'request' })).toEqual([]);
  gate.resolve();
  await answer;
  expect((await lines(1))[0]).toMatchObject({ level: 'info', fields: { status: 200 } });
});

test.each(['FIN', 'RST'])('a client that goes in the middle of a stream is told of, by %s', async (how) => {
  const gate = later();
  const port = await serve(
    [
      get('/stream', async function* () {
        yield 'a';
        await gate.promise;
      }),
    ],
    { middlewares: [accessLog()] },
  );
  const client = await RawClient.to(port);
  await client.send('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until(/\ba\r\n/);
  if (how === 'RST') client.socket.resetAndDestroy();
  else client.socket.destroy();
  expect((await lines(1))[0]).toMatchObject({ level: 'warn', fields: { status: 200, peer: '127.0.0.1', end: 'client gone' } });
  gate.resolve();
});

test('a client that goes before its answer begins has a line without a status', async () => {
  const gate = later();
  const began = later();
  const port = await serve(
    [
      get('/slow', () => {
        began.resolve();
        return gate.promise;
      }),
    ],
    { middlewares: [accessLog()] },
  );
  const client = await RawClient.to(port);
  await client.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await began.promise;
  client.socket.destroy();
  const [line] = await lines(1);
  expect(line).toMatchObject({ level: 'warn', fields: { peer: '127.0.0.1', end: 'client gone' } });
  expect(line?.fields).not.toHaveProperty('status');
  gate.resolve();
});

test('an answer that breaks off is an error, and nobody blames the client', async () => {
  const port = await serve(
    [
      get('/stream', async function* () {
        yield 'a';
        throw new Error('source');
      }),
    ],
    { middlewares: [accessLog()] },
  );
  await expect(ask(port, '/stream')).rejects.toThrow(/aborted|socket hang up/);
  expect((await lines(1))[0]).toMatchObject({ level: 'error', fields: { status: 200, peer: '127.0.0.1', end: 'broken off' } });
});

test.each<[AccessLogOptions['redact'], string, string]>([
  [undefined, '/none?a=1&secret', '/none?a=REDACTED&REDACTED'],
  [{ query: ['Token'] }, '/none?a=1&token=x&to%6ben=y&b', '/none?a=1&token=REDACTED&to%6ben=REDACTED&b'],
  [{ query: [] }, '/none?a=1', '/none?a=1'],
])('of the query stands in the log what may: %j', async (redact, target, shown) => {
  const port = await serve(list, { middlewares: [accessLog({ ...(redact && { redact }) })] });
  await ask(port, target);
  expect((await lines(1))[0]?.fields['path']).toBe(shown);
});

test('headers are logged where they are asked for, and never credentials', async () => {
  const headers = ['Referer', 'Authorization', 'Cookie', 'x-secret', 'x-none'];
  const port = await serve(list, { middlewares: [accessLog({ headers, redact: { headers: ['X-Secret'] } })] });
  await ask(port, '/none', { headers: { Referer: 'r', Authorization: 'Apikey 1', Cookie: 'a=1', 'X-Secret': 's' } });
  expect((await lines(1))[0]?.fields['headers']).toEqual({
    referer: 'r',
    authorization: 'REDACTED',
    cookie: 'REDACTED',
    'x-secret': 'REDACTED',
  });
});

test('more fields can be added; where they fail, the line is there and the process too', async () => {
  const fields: AccessLogOptions['fields'] = (request, line) => {
    if (request.path === '/none') throw new Error('no fields');
    return { tenant: 'a', slow: line.durationMs > 1000 };
  };
  const port = await serve(list, { middlewares: [accessLog({ fields })] });
  await ask(port, '/orders/1');
  await ask(port, '/none');
  const [first, second] = await lines(2);
  expect(first?.fields).toMatchObject({ tenant: 'a', slow: false });
  expect(second?.fields).toMatchObject({ status: 404 });
  expect(logged.find({ level: 'error', message: 'the fields of an access log failed' })).toBeDefined();
});

test('requests that are skipped have no line', async () => {
  const port = await serve(list, { middlewares: [accessLog({ skip: (request) => request.path === '/none' })] });
  await ask(port, '/none');
  await ask(port, '/orders/1');
  expect((await lines(1)).map(({ fields }) => fields['path'])).toEqual(['/orders/1']);
});

test('a target that is too long for a line is cut', async () => {
  const port = await serve(list, { middlewares: [accessLog()] });
  await ask(port, `/${'a'.repeat(5000)}`);
  expect(String((await lines(1))[0]?.fields['path'])).toHaveLength(1025);
});

test('all that is wrong with the options is said at once', () => {
  let problems: readonly string[] = [];
  try {
    routes(list, {
      middlewares: [accessLog({ level: 'fatal', headers: ['a b'], redact: { query: 'none', body: 1 }, fields: 1, skip: 2 } as never)],
    });
  } catch (error) {
    problems = (error as GuardOptionsError).problems;
  }
  expect(problems).toEqual([
    'level is "fatal": it takes one of debug, info, warn, error',
    'headers[0] is "a b": that is no token of HTTP',
    'there is no option "redact.body"',
    'redact.query is "none": it takes \'all\' or a list of names',
    'fields is 1: it takes a function',
    'skip is 2: it takes a function',
  ]);
});
