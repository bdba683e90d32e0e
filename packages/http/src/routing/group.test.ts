import { expect, test } from '@jest/globals';
import { ask, serve } from '../../test/server.ts';
import {
  get,
  group,
  type HttpRequest,
  type Middleware,
  type Params,
  post,
  respond,
  type Route,
  type RouteFunctions,
  routes,
} from '../index.ts';

test('the routes of a group stand below its prefix, and are called by the whole path', async () => {
  const seen: (string | undefined)[] = [];
  const show = ({ route, params }: HttpRequest<unknown>): unknown => (seen.push(route), params);
  const list = group('/customers/:customer', [
    get('/', show),
    get('/orders/:id?', show),
    get('/files/*path', show),
    ...group('/notes', [post('/', show), get('/:note', show)]),
  ]);
  const port = await serve(list);
  expect((await ask(port, '/customers/7')).json).toEqual({ customer: '7' });
  expect((await ask(port, '/customers/7/orders')).json).toEqual({ customer: '7' });
  expect((await ask(port, '/customers/7/orders/8')).json).toEqual({ customer: '7', id: '8' });
  expect((await ask(port, '/customers/7/files/a/b')).json).toEqual({ customer: '7', path: 'a/b' });
  expect((await ask(port, '/customers/7/notes', { method: 'POST' })).status).toBe(201);
  expect((await ask(port, '/customers/7/notes/n')).json).toEqual({ customer: '7', note: 'n' });
  expect((await ask(port, '/customers/7/')).status).toBe(404);
  const patterns = ['/customers/:customer', '/orders/:id?', '/orders/:id?', '/files/*path', '/notes', '/notes/:note'];
  expect(seen).toEqual(patterns.map((path, i) => (i === 0 ? path : `/customers/:customer${path}`)));
  expect(routes(list).list.map(({ path }) => path)).toEqual([...new Set(seen)]);
});

test('the middlewares of a group run inside those of all routes and of groups around it, and outside those of the route', async () => {
  const notes: string[] = [];
  const note =
    (name: string): Middleware =>
    (next) =>
    (request) => {
      notes.push(name);
      return next(request);
    };
  const inner = group('/c', [get('/d', () => notes.push('handler'), { middlewares: [note('route 1'), note('route 2')] })], {
    middlewares: [note('inner 1'), note('inner 2')],
  });
  const outer = group('/b', [...inner, get('/e', () => notes.push('e'))], { middlewares: [note('outer')] });
  const port = await serve([...group('/a', outer), get('/f', () => notes.push('f'))], { middlewares: [note('all')] });
  await ask(port, '/a/b/c/d');
  expect(notes.splice(0)).toEqual(['all', 'outer', 'inner 1', 'inner 2', 'route 1', 'route 2', 'handler']);
  await ask(port, '/a/b/e');
  expect(notes.splice(0)).toEqual(['all', 'outer', 'e']);
  await ask(port, '/f');
  expect(notes.splice(0)).toEqual(['all', 'f']);
});

test('what a group guards is guarded for HEAD too, and not for what stands beside it', async () => {
  const locked: Middleware = () => () => respond(401);
  const port = await serve([...group('/admin', [get('/keys', () => 'secret')], { middlewares: [locked] }), get('/admin', () => 'open')]);
  for (const method of ['GET', 'HEAD']) expect((await ask(port, '/admin/keys', { method })).status).toBe(401);
  expect((await ask(port, '/admin')).text).toBe('open');
});

test('a group without a prefix shares middlewares', async () => {
  const tagged: Middleware = (next) => (request) => {
    request.setResponseHeader('X-Group', 'yes');
    return next(request);
  };
  const port = await serve([...group('', [get('/', () => 'root'), get('/a', () => 'a')], { middlewares: [tagged] }), get('/b', () => 'b')]);
  for (const path of ['/', '/a']) expect((await ask(port, path)).headers['x-group']).toBe('yes');
  expect((await ask(port, '/b')).headers['x-group']).toBeUndefined();
});

test('one route may stand in two groups, and a group leaves it as it was', () => {
  const route = get('/orders', () => []);
  const middlewares: Middleware[] = [(next) => next];
  const list = [...group('/v1', [route], { middlewares }), ...group('/v2', [route])];
  middlewares.push(() => () => 'later');
  expect(list.map(({ path, groupMiddlewares }) => [path, groupMiddlewares?.length])).toEqual([
    ['/v1/orders', 1],
    ['/v2/orders', 0],
  ]);
  expect(route).toMatchObject({ path: '/orders' });
});

test('all that is wrong with a group is said in one error', () => {
  const make = (prefix: unknown, list: unknown = [], options?: unknown) => problemsOf(() => group(prefix as '', list as [], options as {}));
  expect(make('v1')).toEqual(['group "v1": the path has to begin with "/"']);
  expect(make('/v1/')).toEqual(['group "/v1/": the prefix ends with a slash: its routes begin with one']);
  expect(make('/')).toEqual(['group "/": the prefix ends with a slash: its routes begin with one']);
  expect(make('/a//b/:c/:c')).toEqual([
    'group "/a//b/:c/:c": the path has an empty segment',
    'group "/a//b/:c/:c": the param "c" occurs twice',
  ]);
  for (const prefix of ['/a/*rest', '/a/:b?', '/:b?/c', '/*a/b']) {
    expect(make(prefix)).toEqual([`group "${prefix}": the prefix has a wildcard or an optional param, which are always last`]);
  }
  expect(make(7, 'x', { middlewares: [1], auth: 1 })).toEqual([
    'group 7: the path is not a string',
    'group 7: there is no option "auth"',
    'group 7: middleware 0 is 1, not a function',
    'group 7: the routes are "x", not an array',
  ]);
  expect(make('/a', () => undefined, null)).toEqual([
    'group "/a": the options are null, not an object',
    'group "/a": the routes are undefined, not an array',
  ]);
});

test('what is wrong with the routes of a group is said by routes(), with the whole path', () => {
  const list = group('/:id', [get('/a/:id', () => 1), get('b', () => 1), 'x' as unknown as Route, get(7 as unknown as '/', () => 1)]);
  expect(problemsOf(() => routes(list))).toEqual([
    'route 0, GET /:id/a/:id: the param "id" occurs twice',
    'route 1, GET b: the path has to begin with "/"',
    'route 2 was not made by get(), post(), …',
    'route 3, GET 7: the path is not a string',
  ]);
  expect(problemsOf(() => routes([group('/v1', [get('/a', () => 1)]) as unknown as Route, get('/b', () => 1)]))).toEqual([
    'route 0 is a list of routes: spread it, [...group(…)]',
  ]);
});

test('handlers that need the params of the prefix are typed by the functions that the group gives', async () => {
  const show = ({ params }: HttpRequest<Params<'/customers/:customer/orders/:id'>>): unknown => [params.customer, params.id];
  const elsewhere = ({ get, group }: RouteFunctions<'/customers/:customer'>): Route[] => [
    get('/', ({ params }) => params.customer.trim()),
    get('/orders/:id', show),
    ...group('/notes/:note', ({ get, post }) => [
      get('/:line?', ({ params }) => [params.customer, params.note, params.line ?? 'all']),
      post('/', ({ params, body }) => [params.customer, params.note, body]),
      // @ts-expect-error neither path nor prefix has such a param
      get('/b', ({ params }) => params.id),
    ]),
  ];
  // @ts-expect-error a route of a plain list knows its own path only
  const plain = (): Route[] => group('/customers/:customer', [get('/orders/:id', show)]);
  // @ts-expect-error below another prefix
  const other = (): Route[] => group('/other/:other', elsewhere);
  expect([plain().length, other().length]).toEqual([1, 5]);
  const port = await serve(group('/customers/:customer', elsewhere));
  expect((await ask(port, '/customers/ada/orders/7')).json).toEqual(['ada', '7']);
  expect((await ask(port, '/customers/ada/notes/n')).json).toEqual(['ada', 'n', 'all']);
});

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    expect((error as { code?: string }).code).toBe('PATRON_ROUTES_INVALID');
    return (error as { problems: readonly string[] }).problems;
  }
  throw new Error('nothing was refused');
}
