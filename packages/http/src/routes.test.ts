import { expect, test } from '@jest/globals';
import { ask, open, serve } from '../test/server.ts';
import { del, get, head, type HttpRequest, type Middleware, options, patch, post, put, type Route, routes } from './index.ts';

test('a route answers its method and path, with the params of its path', async () => {
  const port = await serve([
    get('/orders/:id/items/:item', ({ params }) => params),
    get('/orders/latest/items/first', () => 'the static one'),
  ]);
  expect((await ask(port, '/orders/7/items/tea')).json).toEqual({ id: '7', item: 'tea' });
  expect((await ask(port, '/orders/latest/items/first')).text).toBe('the static one');
  expect((await ask(port, '/orders/latest/items/tea')).json).toEqual({ id: 'latest', item: 'tea' });
});

test('every method has its function', async () => {
  const handler = ({ method }: HttpRequest): unknown => ({ method });
  const list = [
    get('/x', handler),
    post('/x', handler),
    put('/x', handler),
    patch('/x', handler),
    del('/x', handler),
    options('/x', handler),
  ];
  const port = await serve([...list, head('/x', () => undefined)]);
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    expect((await ask(port, '/x', { method })).json).toEqual({ method });
  }
  expect((await ask(port, '/x', { method: 'HEAD' })).status).toBe(204);
});

test('a path without a route answers 404 with a fixed body and a correlation id', async () => {
  const port = await serve([get('/orders', () => [])]);
  const answer = await ask(port, '/customers', { headers: { 'X-Correlation-Id': 'from-client-1' } });
  expect(answer.status).toBe(404);
  expect(answer.json).toEqual({ error: 'Not Found' });
  expect(answer.headers['x-correlation-id']).toBe('from-client-1');
});

test('a path without a route for the method answers 405 and names the methods that it has, HEAD where GET is', async () => {
  const port = await serve([
    put('/orders/:id', () => 1),
    get('/orders/:id', () => 1),
    del('/orders/:id', () => 1),
    post('/orders', () => 1),
  ]);
  const answer = await ask(port, '/orders/7', { method: 'POST' });
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toBe('DELETE, GET, HEAD, OPTIONS, PUT');
  expect(answer.json).toEqual({ error: 'Method Not Allowed' });
  expect((await ask(port, '/orders', { method: 'HEAD' })).headers.allow).toBe('OPTIONS, POST');
  expect((await ask(port, '/orders', { method: 'PROPFIND' })).status).toBe(405);
  expect((await ask(port, '/nothing', { method: 'PROPFIND' })).status).toBe(404);
});

test('HEAD is answered by the GET handler and its middlewares, with its headers and no body', async () => {
  const seen: string[] = [];
  const port = await serve([
    get('/page', (request) => `page for ${request.method}`, {
      middlewares: [
        (next) => (request) => {
          seen.push(request.method);
          return next(request);
        },
      ],
    }),
  ]);
  const answer = await ask(port, '/page', { method: 'HEAD' });
  expect(answer).toMatchObject({ status: 200, text: '' });
  expect(answer.headers['content-length']).toBe(String('page for HEAD'.length));
  expect(seen).toEqual(['HEAD']);
});

test('a HEAD route of its own wins over the GET route of the same paths', async () => {
  const port = await serve([
    get('/files/:name', () => 'content'),
    head('/files/:id', ({ params }) => {
      expect(params.id).toBe('a');
    }),
  ]);
  expect((await ask(port, '/files/a', { method: 'HEAD' })).status).toBe(204);
  expect((await ask(port, '/files/a')).text).toBe('content');
});

test('the list of routes can be read from the listener, and not be changed through it', () => {
  const list = [get('/a', () => 1)];
  const listener = routes(list);
  list.push(get('/b', () => 2));
  expect(listener.list.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /a']);
  expect(Object.isFrozen(listener.list)).toBe(true);
});

test('routes are served by any node:http server, several lists in one process', async () => {
  const first = await open(routes([get('/', () => 'first')]));
  const second = await open(routes([get('/', () => 'second')]));
  expect((await ask(first.port, '/')).text).toBe('first');
  expect((await ask(second.port, '/')).text).toBe('second');
});

test('all that is wrong with routes is said in one error, each with method and path', () => {
  const bad = [
    get('orders', () => 1),
    get('/a//b', () => 1),
    get('/a/:', () => 1),
    get('/a/:id/b/:id', () => 1),
    get('/a?x=1', () => 1),
    get('/a/v:id', () => 1),
    get('/a/:id?/b', () => 1),
    get('/a/*', () => 1),
    get('/a/%41', () => 1),
    get('/a/../b', () => 1),
    get('/a/:__proto__', () => 1),
    post('/handler', undefined as unknown as () => unknown),
    post('/options', () => 1, { maxBodyBytes: -1, middlewares: ['x'] as never, body: {} as never, bdy: 1 } as never),
    get('/body', () => 1, { body: { '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 1 }) } } } as never),
    'GET /x' as unknown as Route,
    get(7 as unknown as string, () => 1),
  ];
  expect(problemsOf(() => routes(bad, { maxBodyBytes: 0.5, middlewares: [1] as never }))).toEqual([
    'route 0, GET orders: the path has to begin with "/"',
    'route 1, GET /a//b: the path has an empty segment',
    'route 2, GET /a/:: a param has no name',
    'route 3, GET /a/:id/b/:id: the param "id" occurs twice',
    'route 4, GET /a?x=1: the path has a query or a fragment: it is matched by the path alone',
    'route 5, GET /a/v:id: in "v:id" a param is only a part: it has to be a whole segment',
    'route 6, GET /a/:id?/b: the optional param ":id?" has to be the last segment',
    'route 7, GET /a/*: a wildcard has no name',
    'route 8, GET /a/%41: the path is percent-encoded: write it as it reads decoded',
    'route 9, GET /a/../b: the path has the segment "..", which clients resolve before they ask',
    'route 10, GET /a/:__proto__: "__proto__" is no name for a param: [A-Za-z_][A-Za-z0-9_]*',
    'route 11, POST /handler: the handler is undefined, not a function',
    'route 12, POST /options: there is no option "bdy"',
    'route 12, POST /options: middleware 0 is "x", not a function',
    'route 12, POST /options: maxBodyBytes is -1; it has to be a whole number of bytes, 0 or more',
    'route 12, POST /options: body is no Standard Schema (version 1)',
    'route 13, GET /body: a GET has no body to validate',
    'route 14 was not made by get(), post(), …',
    'route 15, GET 7: the path is not a string',
    'middleware 0 is 1, not a function',
    'maxBodyBytes is 0.5; it has to be a whole number of bytes, 0 or more',
  ]);
});

test('two routes that answer the same requests are refused, whatever their params are called', () => {
  const list = [
    get('/a/:x', () => 1),
    post('/a/:x', () => 1),
    get('/a/b', () => 1),
    get('/a/:y', () => 1),
    get('/a/b', () => 1),
    get('/a/b/', () => 1),
  ];
  expect(problemsOf(() => routes(list))).toEqual([
    'route 3, GET /a/:y: answers the same requests as route 0, GET /a/:x',
    'route 4, GET /a/b: answers the same requests as route 2, GET /a/b',
  ]);
});

test('a middleware that returns no handler is refused when the routes are made', () => {
  const broken = (() => undefined) as never;
  const problems = ['middleware broken returned undefined, not a handler'];
  expect(problemsOf(() => routes([get('/a', () => 1, { middlewares: [broken] })]))).toEqual(problems);
  expect(problemsOf(() => routes([], { middlewares: [broken] }))).toEqual(problems);
});

test('the options of a route are not read again after the routes were made', async () => {
  const middlewares: Middleware[] = [];
  const port = await serve([get('/a', () => 'plain', { middlewares })]);
  middlewares.push(() => () => 'changed');
  expect((await ask(port, '/a')).text).toBe('plain');
});

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    expect((error as { code?: string }).code).toBe('PATRON_ROUTES_INVALID');
    const { problems, message } = error as { problems: readonly string[]; message: string };
    for (const problem of problems) expect(message).toContain(problem);
    return problems;
  }
  throw new Error('nothing was refused');
}
