import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type } from 'arktype';
import { z } from 'zod';
import { ask, logged, send, serve } from '../../test/server.ts';
import { get, type HttpRequest, type Middleware, post, type StandardSchemaV1 } from '../index.ts';

const id = z.object({ id: z.coerce.number().int() });

/** A schema that takes its time, and doubles numbers. */
const slow: StandardSchemaV1<unknown, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      await tick();
      return typeof value === 'number' ? { value: 2 * value } : { issues: [{ message: 'no number' }] };
    },
  },
};

test('params and headers are validated and converted, and typed', async () => {
  const port = await serve([
    get('/orders/:id', ({ params, headers }) => ({ next: params.id + 1, tenant: headers['x-tenant'].length }), {
      params: id,
      headers: z.object({ 'x-tenant': z.string() }),
    }),
  ]);
  expect((await ask(port, '/orders/7', { headers: { 'X-Tenant': 'abc' } })).json).toEqual({ next: 8, tenant: 3 });
  expect(await ask(port, '/orders/x', { headers: { 'X-Tenant': 'abc' } })).toMatchObject({
    status: 400,
    json: { problems: [{ in: 'params', path: 'id' }] },
  });
});

test('without schemas params and headers are what they were; a handler that expects other params does not compile', async () => {
  const show = ({ params }: HttpRequest<{ readonly id: string }>): string => params.id;
  // @ts-expect-error The path has no such param.
  get('/orders/:number', show);
  // @ts-expect-error The schema makes a number of it.
  get('/orders/:id', show, { params: id });
  const port = await serve([get('/orders/:id', show), get('/agent', ({ headers }) => headers['user-agent'] ?? 'none')]);
  expect((await ask(port, '/orders/7')).text).toBe('7');
  expect((await ask(port, '/agent', { headers: { 'User-Agent': 'me' } })).text).toBe('me');
});

test('every problem of every place comes at once, a body that is no JSON among them', async () => {
  const port = await serve([
    post('/orders/:id', () => 1, {
      params: id,
      headers: z.object({ 'x-tenant': z.string(), 'x-region': z.string() }),
      query: z.object({ page: z.coerce.number() }),
      body: z.object({ item: z.string(), price: z.number() }),
    }),
  ]);
  const places = async (body: string): Promise<string[]> => {
    const answer = await ask(port, '/orders/x?page=y', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    expect(answer.status).toBe(400);
    return (answer.json as { problems: { in: string; path: string }[] }).problems.map((problem) => `${problem.in} ${problem.path}`);
  };
  const before = ['params id', 'headers x-tenant', 'headers x-region', 'query page'];
  expect(await places('{"item":1}')).toEqual([...before, 'body item', 'body price']);
  expect(await places('{')).toEqual([...before, 'body ']);
  expect((await ask(port, '/orders/x', { method: 'POST', body: '{}' })).status).toBe(415);
  expect(logged.lines).toEqual([]);
});

test('a schema that answers at once holds nobody up: the handler runs before the request is handed on', async () => {
  const order: string[] = [];
  const around: Middleware = (next) => (request) => {
    const answer = next(request);
    order.push(answer instanceof Promise ? 'promise' : 'answer');
    return answer;
  };
  const port = await serve(
    [
      get('/sync/:id', ({ params }) => params.id, { params: id, query: z.object({}), answer: z.number() }),
      get('/slow/:id', ({ params }) => params.id, { params: z.object({ id: z.coerce.number() }), answer: slow }),
    ],
    { middlewares: [around] },
  );
  expect((await ask(port, '/sync/7')).json).toBe(7);
  expect((await ask(port, '/slow/7')).json).toBe(14);
  expect(order).toEqual(['answer', 'promise']);
});

test('asynchronous schemas beside synchronous ones: all are heard, and one that throws is a 500 whatever the others do', async () => {
  const rejecting: StandardSchemaV1 = { '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new Error('away')) } };
  const throwing: StandardSchemaV1 = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => {
        throw new Error('broken');
      },
    },
  };
  const port = await serve([
    get('/both/:id', () => 1, { params: slow, query: z.object({ page: z.string() }) }),
    get('/bad/:id', () => 1, { params: rejecting, headers: throwing, query: rejecting }),
  ]);
  expect(await ask(port, '/both/7')).toMatchObject({ status: 400, json: { problems: [{ in: 'params' }, { in: 'query', path: 'page' }] } });
  expect((await ask(port, '/bad/7')).status).toBe(500);
  await tick();
  expect(logged.findAll({ level: 'error' })).toHaveLength(1);
});

test('params and headers that reach for prototypes are names like any other', async () => {
  const port = await serve([
    get('/x/:constructor', ({ params, headers }) => ({ ...params, ...headers }), {
      params: z.record(z.string(), z.string()),
      headers: type({ 'x-a?': 'string' }).onUndeclaredKey('delete'),
    }),
  ]);
  const { json } = await ask(port, '/x/%5F%5Fproto__', { headers: { 'X-A': 'b', 'X-Constructor': 'c' } });
  expect(json).toEqual({ constructor: '__proto__', 'x-a': 'b' });
});

test('bodies of schemas keep coming in while others fail: five hundred at once, each with its own answer', async () => {
  const port = await serve([post('/:id', ({ body, params }) => [body.n, params.id], { params: id, body: z.object({ n: z.number() }) })]);
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, n) => send(port, n % 3 === 0 ? '/x' : `/${n}`, n % 5 === 0 ? {} : { n })),
  );
  answers.forEach(({ status, json }, n) => {
    if (n % 3 !== 0 && n % 5 !== 0) expect(json).toEqual([n, n]);
    else expect([n, status]).toEqual([n, 400]);
  });
});
