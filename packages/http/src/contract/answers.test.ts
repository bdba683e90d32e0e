import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { ask, logged, send, serve } from '../../test/server.ts';
import {
  AnswerContractError,
  get,
  HttpError,
  json,
  notFound,
  post,
  respond,
  routes,
  type RoutesError,
  type StandardSchemaV1,
} from '../index.ts';

const user = z.object({ name: z.string(), age: z.number().default(1) });
const gone = z.object({ error: z.string(), since: z.number() });

/** What the log says of the one answer that did not fit. */
function complaint(): AnswerContractError {
  const lines = logged.findAll({ level: 'error' });
  expect(lines).toHaveLength(1);
  logged.clear();
  return lines[0]?.fields['error'] as AnswerContractError;
}

test('what is sent is what the schema made of the answer: a field that it does not have never gets out', async () => {
  const port = await serve([
    get('/me', () => ({ name: 'Ada', password: 'secret' }), { answer: user }),
    get('/later', async () => ({ name: 'Ada', password: 'secret' }), { answer: user }),
    post('/me', () => respond(201, { name: 'Ada', password: 'secret' }, { Location: '/me' }), { answer: user }),
  ]);
  expect((await ask(port, '/me')).json).toEqual({ name: 'Ada', age: 1 });
  expect((await ask(port, '/later')).json).toEqual({ name: 'Ada', age: 1 });
  const { status, headers, json: created } = await send(port, '/me', 1);
  expect([status, headers['location'], created]).toEqual([201, '/me', { name: 'Ada', age: 1 }]);
});

test('an answer that does not fit is the fixed 500; the log has every problem, the client none', async () => {
  const port = await serve([get('/me', () => ({ name: 7, age: 'x' }), { answer: user })]);
  expect(await ask(port, '/me')).toMatchObject({ status: 500, text: '{"error":"Internal Server Error"}' });
  const error = complaint();
  expect(error).toBeInstanceOf(AnswerContractError);
  expect(error.code).toBe('PATRON_HTTP_ANSWER_CONTRACT');
  expect(error.problems.map(({ path }) => path)).toEqual(['name', 'age']);
  expect(error.message).toMatch(/^the answer with status 200 is not what its schema has: name: .*; age: /);
});

test('a status of success that no schema names does not fit either; others are free', async () => {
  const port = await serve([
    get('/nothing', () => undefined, { answer: user }),
    get('/accepted', () => respond(202, { name: 'Ada' }), { answer: user }),
    get('/old', () => respond(304), { answer: user }),
    get('/moved', () => respond(308, undefined, { Location: '/' }), { answer: user }),
    get('/teapot', () => respond(418, { short: 'stout' }), { answer: user }),
  ]);
  expect((await ask(port, '/nothing')).status).toBe(500);
  expect(complaint().message).toContain('there is no schema for that status, only for 200');
  expect((await ask(port, '/accepted')).status).toBe(500);
  expect(complaint().status).toBe(202);
  for (const [path, status] of [
    ['/old', 304],
    ['/moved', 308],
    ['/teapot', 418],
  ] as const)
    expect((await ask(port, path)).status).toBe(status);
  expect(logged.lines).toEqual([]);
});

test('each status has its schema, thrown ones too, and null is no body', async () => {
  const answers = { 200: user, 204: null, 404: gone };
  const port = await serve([get('/:what', ({ params }) => by[params.what]?.(), { answers })]);
  const by: Record<string, () => unknown> = {
    ok: () => ({ name: 'Ada' }),
    nothing: () => undefined,
    missing: () => {
      throw notFound({ error: 'no more', since: 2020, inner: 'secret' }, { 'X-A': 'b' });
    },
    returned: () => respond(404, { error: 'no more', since: 2020, inner: 'secret' }),
    wrapped: () => Promise.reject(new Error('outer', { cause: notFound({ error: 'no more', since: 2020, inner: 'secret' }) })),
    wrong: () => {
      throw notFound('no since');
    },
    conflict: () => {
      throw new HttpError(409, { anything: 1 });
    },
    empty: () => respond(200),
  };
  expect(await ask(port, '/ok')).toMatchObject({ status: 200, json: { name: 'Ada', age: 1 } });
  expect((await ask(port, '/nothing')).status).toBe(204);
  const missing = await ask(port, '/missing');
  expect([missing.status, missing.json, missing.headers['x-a']]).toEqual([404, { error: 'no more', since: 2020 }, 'b']);
  for (const path of ['/returned', '/wrapped']) expect((await ask(port, path)).json).toEqual({ error: 'no more', since: 2020 });
  expect(await ask(port, '/conflict')).toMatchObject({ status: 409, json: { anything: 1 } });
  expect(logged.lines).toEqual([]);
  expect((await ask(port, '/wrong')).status).toBe(500);
  expect(complaint()).toMatchObject({ status: 404, problems: [{ path: 'since' }] });
  expect((await ask(port, '/empty')).status).toBe(500);
  complaint();
});

test('what patron says of input is no answer of the handler: a schema for 400 does not turn it into a 500', async () => {
  const answers = { 201: null, 400: z.object({ own: z.string() }) };
  const port = await serve([
    post('/schema', () => respond(201), { answers, body: user }),
    post('/json', async (request) => void (await request.json()), { answers }),
    post('/own', () => respond(400, { own: 'x', inner: 1 }), { answers }),
  ]);
  expect(await send(port, '/schema', {})).toMatchObject({ status: 400, json: { problems: [{ path: 'name' }] } });
  const cut = await ask(port, '/json', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{' });
  expect(cut).toMatchObject({ status: 400, json: { problems: [{ message: 'is not valid JSON' }] } });
  expect(await send(port, '/own', {})).toMatchObject({ status: 400, text: '{"own":"x"}' });
  expect(logged.lines).toEqual([]);
});

test('a body where null promises none is refused; bytes and streams go as they are', async () => {
  const port = await serve([
    get('/null', () => ({ a: 1 }), { answers: { 200: null } }),
    get('/thrown', () => Promise.reject(notFound()), { answers: { 404: null } }),
    get('/bytes', () => Buffer.from('abc'), { answer: user }),
    get(
      '/stream',
      async function* () {
        yield 'abc';
      },
      { answer: user },
    ),
  ]);
  for (const path of ['/null', '/thrown']) {
    expect((await ask(port, path)).status).toBe(500);
    expect(complaint().message).toContain('it has a body, and its schema is null');
  }
  expect((await ask(port, '/bytes')).text).toBe('abc');
  expect((await ask(port, '/stream')).text).toBe('abc');
});

test('an asynchronous schema of answers, and one that rejects', async () => {
  const late = z.object({ n: z.number() }).refine(async ({ n }) => (await tick(), n > 1), 'too small');
  const rejects: StandardSchemaV1 = {
    '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new Error('database is away')) },
  };
  const port = await serve([
    get('/:n', ({ params }) => ({ n: Number(params.n) }), { answer: late }),
    get('/a/b', () => 1, { answer: rejects }),
  ]);
  expect((await ask(port, '/2')).json).toEqual({ n: 2 });
  expect((await ask(port, '/1')).status).toBe(500);
  expect(complaint().problems).toEqual([{ path: '', message: 'too small' }]);
  expect((await ask(port, '/a/b')).status).toBe(500);
  expect(String(complaint())).toContain('database is away');
});

test('HEAD is held to the schemas of its GET, and codecs write what the schema made', async () => {
  const port = await serve([get('/me', () => ({ name: 'Ada', password: 'secret' }), { answer: user })], { codecs: [json] });
  expect((await ask(port, '/me')).text).toBe('{"name":"Ada","age":1}');
  const head = await ask(port, '/me', { method: 'HEAD' });
  expect([head.status, head.headers['content-length']]).toEqual([200, '22']);
});

test('a mismatch of a thousand fields is a line of bounded length', async () => {
  const port = await serve([get('/', () => Array(1000).fill('x'.repeat(1000)), { answer: z.array(z.number()) })]);
  expect((await ask(port, '/')).status).toBe(500);
  const { message, problems } = complaint();
  expect(problems).toHaveLength(100);
  expect(message).toContain('; and 90 more');
  expect(message.length).toBeLessThan(4000);
});

test('answers that can not be are refused with everything that is wrong', () => {
  const options = [
    { answer: user, answers: { 200: user } },
    { answer: 7 },
    { answers: user },
    { answers: {} },
    { answers: { 99: user, ok: user, 204: user, 200: 7 } },
    { params: 1, headers: {}, summary: 7, tags: 'a', deprecated: 'no' },
  ] as object[];
  try {
    routes(options.map((one, index) => get(`/${index}`, () => 1, one)));
    expect(true).toBe(false);
  } catch (error) {
    expect((error as RoutesError).problems).toEqual([
      'route 0, GET /0: answer and answers are both there: it takes one',
      'route 1, GET /1: answer is no Standard Schema (version 1)',
      'route 2, GET /2: answers is a schema; it has to be an object of schemas by status',
      'route 3, GET /3: answers is empty: no answer would fit',
      'route 4, GET /4: answers: "99" is no status from 200 to 599',
      'route 4, GET /4: answers: 200 is no Standard Schema (version 1), nor null',
      'route 4, GET /4: answers: a 204 has no body: write null',
      'route 4, GET /4: answers: "ok" is no status from 200 to 599',
      'route 5, GET /5: params is no Standard Schema (version 1)',
      'route 5, GET /5: headers is no Standard Schema (version 1)',
      'route 5, GET /5: summary is 7, not a string',
      'route 5, GET /5: deprecated is "no", not a boolean',
      'route 5, GET /5: tags is "a", not an array',
    ]);
  }
});
