import { expect, test } from '@jest/globals';
import * as v from 'valibot';
import { z } from 'zod';
import { ask, logged, send, serve } from '../../test/server.ts';
import { get, type Middleware, post, type StandardSchemaV1 } from '../index.ts';

const order = z.object({ customer: z.string().trim(), items: z.array(z.object({ name: z.string(), price: z.number().positive() })) });
const page = z.object({ page: z.coerce.number().int().default(1), tag: z.union([z.string(), z.array(z.string())]).optional() });

test('a handler gets what the schema made of the body, typed', async () => {
  const port = await serve([
    post('/orders', ({ body }) => ({ customer: body.customer, total: body.items.reduce((sum, { price }) => sum + price, 0) }), {
      body: order,
    }),
  ]);
  const answer = await send(port, '/orders', {
    customer: '  Ada ',
    items: [
      { name: 'tea', price: 2.5 },
      { name: 'cake', price: 4 },
    ],
    extra: 1,
  });
  expect(answer).toMatchObject({ status: 201, json: { customer: 'Ada', total: 6.5 } });
});

test('an invalid body is a 400 that lists every problem with its path; the handler does not run', async () => {
  const port = await serve([post('/orders', () => expect(true).toBe(false), { body: order })]);
  const { status, json } = await send(port, '/orders', {
    customer: 7,
    items: [
      { name: 'tea', price: 'x' },
      { name: 'cake', price: -1 },
    ],
  });
  expect(status).toBe(400);
  expect(json).toEqual({
    error: 'Bad Request',
    problems: [
      { in: 'body', path: 'customer', message: 'Invalid input: expected string, received number' },
      { in: 'body', path: 'items.0.price', message: 'Invalid input: expected number, received string' },
      { in: 'body', path: 'items.1.price', message: 'Too small: expected number to be >0' },
    ],
  });
  expect(logged.lines).toEqual([]);
});

test('a query is validated and converted', async () => {
  const port = await serve([get('/orders', ({ query }) => ({ next: query.page + 1, tag: query.tag }), { query: page })]);
  expect((await ask(port, '/orders?page=4&tag=a&tag=b')).json).toEqual({ next: 5, tag: ['a', 'b'] });
  expect((await ask(port, '/orders')).json).toEqual({ next: 2 });
  expect(await ask(port, '/orders?page=x')).toMatchObject({ status: 400, json: { problems: [{ in: 'query', path: 'page' }] } });
});

test('problems of query and body come together', async () => {
  const port = await serve([post('/orders', () => 1, { body: order, query: page })]);
  const { json } = await send(port, '/orders?page=x', { customer: 'Ada' });
  expect((json as { problems: { in: string; path: string }[] }).problems.map((problem) => `${problem.in} ${problem.path}`)).toEqual([
    'query page',
    'body items',
  ]);
});

test('any Standard Schema will do: valibot, one by hand, one that is asynchronous, one that is a function', async () => {
  const asynchronous: StandardSchemaV1<unknown, { doubled: number }> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) => {
        await new Promise((resolve) => setImmediate(resolve));
        return typeof value === 'number'
          ? { value: { doubled: 2 * value } }
          : { issues: [{ message: 'no number', path: ['a', { key: 0 }, 'b'] }] };
      },
    },
  };
  const port = await serve([
    post('/valibot', ({ body }) => body.name.length, { body: v.object({ name: v.pipe(v.string(), v.minLength(2)) }) }),
    post('/async', ({ body }) => body.doubled, { body: asynchronous }),
    post('/function', ({ body }) => body.doubled, { body: Object.assign(() => undefined, asynchronous) }),
  ]);
  expect((await send(port, '/valibot', { name: 'Ada' })).json).toBe(3);
  expect(await send(port, '/valibot', { name: 'A' })).toMatchObject({ status: 400, json: { problems: [{ in: 'body', path: 'name' }] } });
  expect((await send(port, '/async', 21)).json).toBe(42);
  expect((await send(port, '/function', 4)).json).toBe(8);
  expect(await send(port, '/async', 'x')).toMatchObject({
    status: 400,
    json: { problems: [{ in: 'body', path: 'a.0.b', message: 'no number' }] },
  });
});

test('the list of problems does not grow with the body', async () => {
  const port = await serve([post('/', () => 1, { body: z.array(z.number()) })]);
  const { json, text } = await send(port, '/', Array(50_000).fill('x'));
  expect((json as { problems: unknown[] }).problems).toHaveLength(100);
  expect(text.length).toBeLessThan(20_000);
  const strict = await serve([post('/', () => 1, { body: z.strictObject({}) })]);
  expect((await send(strict, '/', { ['k'.repeat(100_000)]: 1 })).text.length).toBeLessThan(1000);
});

test('a schema wants a body: none, or one of another type, is refused before it is asked', async () => {
  const port = await serve([post('/', () => 1, { body: z.unknown() })]);
  expect(await ask(port, '/', { method: 'POST' })).toMatchObject({
    status: 400,
    json: { problems: [{ in: 'body', message: 'is empty' }] },
  });
  expect((await ask(port, '/', { method: 'POST', body: '{}' })).status).toBe(415);
  expect((await send(port, '/', JSON.parse('[]'))).status).toBe(201);
});

test('middlewares come first: who turns a request away has not read its body', async () => {
  const order: string[] = [];
  const look: Middleware = (next) => (request) => {
    order.push(`middleware, body ${String(request.body)}, raw ${request.raw.readableDidRead}`);
    return next(request);
  };
  const port = await serve([post('/', () => order.push('handler'), { body: z.unknown(), middlewares: [look] })]);
  await send(port, '/', { a: 1 });
  expect(order).toEqual(['middleware, body undefined, raw false', 'handler']);
});

test('a schema that throws is an error of the server', async () => {
  const broken: StandardSchemaV1 = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => {
        throw new Error('schema is broken');
      },
    },
  };
  const port = await serve([post('/', () => 1, { body: broken })]);
  expect(await send(port, '/', {})).toMatchObject({ status: 500, json: { error: 'Internal Server Error' } });
  expect(logged.findAll({ level: 'error' })).toHaveLength(1);
});
