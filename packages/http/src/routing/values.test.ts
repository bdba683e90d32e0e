import { expect, test } from '@jest/globals';
import { ask, serve } from '../../test/server.ts';
import { del, get, head, type HttpRequest, type Params, post, type Route, routes } from '../index.ts';

const show = ({ route, path, params }: HttpRequest<unknown>): unknown => ({ route, path, params });

test('a wildcard takes all that is left of a path, decoded, slashes too', async () => {
  const port = await serve([get('/files/*path', show), get('/:tenant/docs/*rest', show)]);
  for (const [asked, path] of [
    ['/files/a', 'a'],
    ['/files/a/b/c.txt', 'a/b/c.txt'],
    ['/files/a/', 'a/'],
    ['/files//a', '/a'],
    ['/files//', '/'],
    ['/files/a//b', 'a//b'],
    ['/files/a%2Fb', 'a/b'],
    ['/files/a%252Fb', 'a%2Fb'],
    ['/files/%2e%2e/%2E%2E%2Fetc', '../../etc'],
    ['/files/caf%c3%a9/%20;x=1', 'caf\u00e9/ ;x=1'],
    ['/files/%2A', '*'],
    ['/files/:id', ':id'],
    ['/files/a?b=c', 'a'],
  ] as const) {
    expect([asked, (await ask(port, asked)).json]).toMatchObject([asked, { route: '/files/*path', params: { path } }]);
  }
  expect((await ask(port, '/acme%20x/docs/a/b')).json).toMatchObject({ params: { tenant: 'acme x', rest: 'a/b' } });
});

test('a wildcard matches at least one character', async () => {
  const port = await serve([get('/files/*path', show)]);
  for (const path of ['/files', '/files/', '/file', '/', '//files/a']) expect([path, (await ask(port, path)).status]).toEqual([path, 404]);
  expect((await ask(port, '/files/')).status).toBe(404);
});

test('a wildcard gets what only looks like another route', async () => {
  const port = await serve([get('/files/key', () => 'key'), get('/files/*path', show)]);
  expect((await ask(port, '/files/key')).text).toBe('key');
  for (const rest of ['key/', '/key', './key', 'key;x', 'KEY', 'key%2F', '%2Fkey']) {
    expect([rest, (await ask(port, `/files/${rest}`)).json]).toMatchObject([rest, { params: { path: decodeURIComponent(rest) } }]);
  }
});

test('a wildcard may be as long as a request target', async () => {
  const port = await serve([get('/*all', ({ params }) => ({ length: params.all.length }))]);
  expect((await ask(port, `/${'a/'.repeat(4000)}`)).json).toEqual({ length: 8000 });
});

test('a malformed escape in a wildcard is a 400', async () => {
  const port = await serve([get('/files/*path', show)]);
  for (const path of ['/files/a/%', '/files/%zz/b', '/files/%c3/%a9', '/files/%ff']) {
    expect([path, (await ask(port, path)).status]).toEqual([path, 400]);
  }
});

test('static segments win over params, and those over wildcards, at every segment; a winner that leads nowhere gives way', async () => {
  const paths = ['/*all', '/:a/b', '/x/:b/c', '/x/*rest', '/x/y', '/x/y/z', '/:a/:b/:c/d'];
  const port = await serve(paths.map((path) => get(path, show)));
  for (const [asked, route, params] of [
    ['/x/y', '/x/y', {}],
    ['/x/y/', '/x/*rest', { rest: 'y/' }],
    ['/x/y/c', '/x/:b/c', { b: 'y' }],
    ['/x/y/q', '/x/*rest', { rest: 'y/q' }],
    ['/x/b', '/x/*rest', { rest: 'b' }],
    ['/q/b', '/:a/b', { a: 'q' }],
    ['/q/c', '/*all', { all: 'q/c' }],
    ['/q/r/s/d', '/:a/:b/:c/d', { a: 'q', b: 'r', c: 's' }],
    ['/x', '/*all', { all: 'x' }],
    // An empty param is none: the next that fits answers, and not 404.
    ['//b', '/*all', { all: '/b' }],
    ['/x//c', '/x/*rest', { rest: '/c' }],
    ['/x/', '/*all', { all: 'x/' }],
    ['/q//s/d', '/*all', { all: 'q//s/d' }],
  ] as const) {
    expect([asked, (await ask(port, asked)).json]).toEqual([asked, { route, path: asked, params }]);
  }
  expect((await ask(port, '/')).status).toBe(404);
});

test('which route wins is decided for each method by itself', async () => {
  const port = await serve([get('/files/*path', show), post('/files/:name', show), del('/files/new', show)]);
  expect((await ask(port, '/files/new')).json).toMatchObject({ route: '/files/*path' });
  expect((await ask(port, '/files/new', { method: 'POST' })).json).toMatchObject({ route: '/files/:name' });
  expect((await ask(port, '/files/new', { method: 'PUT' })).headers.allow).toBe('DELETE, GET, HEAD, OPTIONS, POST');
  expect((await ask(port, '/files/a/b', { method: 'PUT' })).headers.allow).toBe('GET, HEAD, OPTIONS');
});

test('the last param may be optional: it is absent, never empty', async () => {
  const port = await serve([get('/orders/:id?', show), get('/:lang?', show), get('/a/:b/:c?', show)]);
  for (const [asked, route, params] of [
    ['/orders', '/orders/:id?', {}],
    ['/orders/7', '/orders/:id?', { id: '7' }],
    ['/orders/a%2Fb', '/orders/:id?', { id: 'a/b' }],
    ['/', '/:lang?', {}],
    ['/de', '/:lang?', { lang: 'de' }],
    ['/a/x', '/a/:b/:c?', { b: 'x' }],
    ['/a/x/y', '/a/:b/:c?', { b: 'x', c: 'y' }],
  ] as const) {
    expect([asked, (await ask(port, asked)).json]).toEqual([asked, { route, path: asked, params }]);
  }
  for (const path of ['/orders/', '/orders/7/', '/orders//', '/a/x/', '/a//y']) {
    expect([path, (await ask(port, path)).status]).toEqual([path, 404]);
  }
});

test('HEAD of an optional param is answered by the GET but where a HEAD route stands', async () => {
  const port = await serve([
    get('/orders/:id?', ({ params }) => params.id ?? 'all'),
    head('/orders/:number', ({ params }) => {
      expect(params.number).toBe('7');
    }),
  ]);
  const all = await ask(port, '/orders', { method: 'HEAD' });
  expect([all.status, all.headers['content-length']]).toEqual([200, '3']);
  expect((await ask(port, '/orders/7', { method: 'HEAD' })).status).toBe(204);
});

test('a static segment has one spelling: as encodeURI writes it, with escapes of letters and digits undone', async () => {
  const port = await serve([get('/caf\u00e9/a b/(x)', show), get('/caf\u00e9/:x', show)]);
  const path = '/caf%C3%A9/a%20b/(x)';
  for (const asked of [path, '/c%61f%c3%a9/%61%20b/(%78)']) expect((await ask(port, asked)).json).toMatchObject({ path });
  for (const asked of ['/caf%C3%A9/a%20b/%28x)', '/caf%C3%89/a%20b/(x)']) expect((await ask(port, asked)).status).toBe(404);
  expect((await ask(port, '/caf%c3%a9/y')).json).toMatchObject({ params: { x: 'y' } });
});

test('what has no clear meaning in a path is refused', () => {
  const bad = [
    '/a/*path/b',
    '/a/*path/',
    '/a/b*',
    '/a/*p-q',
    '/:a/*a',
    '/a/*__proto__',
    '/a/:id?/',
    '/a/:?',
    '/:id/:id?',
    '/a/*path?',
    '/a/:id*',
    '/a/\ud800',
  ].map((path) => get(path, () => 1));
  expect(problemsOf(bad).map((problem) => problem.replace(/^route \d+, GET /, ''))).toEqual([
    '/a/*path/b: the wildcard "*path" has to be the last segment',
    '/a/*path/: the wildcard "*path" has to be the last segment',
    '/a/b*: in "b*" a wildcard is only a part: it has to be a whole segment',
    '/a/*p-q: "p-q" is no name for a wildcard: [A-Za-z_][A-Za-z0-9_]*',
    '/:a/*a: the param "a" occurs twice',
    '/a/*__proto__: "__proto__" is no name for a wildcard: [A-Za-z_][A-Za-z0-9_]*',
    '/a/:id?/: the optional param ":id?" has to be the last segment',
    '/a/:?: a param has no name',
    '/:id/:id?: the param "id" occurs twice',
    '/a/*path?: "path?" is no name for a wildcard: [A-Za-z_][A-Za-z0-9_]*',
    '/a/:id*: "id*" is no name for a param: [A-Za-z_][A-Za-z0-9_]*',
    '/a/\ud800: the path is no well-formed text: it has half of a surrogate pair',
  ]);
});

test('an optional param answers the same requests as a route with it, and as one without', () => {
  const list = [
    get('/a/:x?', () => 1),
    get('/a', () => 1),
    get('/a/:y', () => 1),
    post('/a', () => 1),
    get('/b', () => 1),
    get('/b/:x', () => 1),
    get('/b/:x?', () => 1),
    get('/c/*x', () => 1),
    get('/c/*y', () => 1),
    get('/c/:x', () => 1),
    get('/:x?', () => 1),
    get('/', () => 1),
  ];
  expect(problemsOf(list)).toEqual([
    'route 1, GET /a: answers the same requests as route 0, GET /a/:x?',
    'route 2, GET /a/:y: answers the same requests as route 0, GET /a/:x?',
    'route 6, GET /b/:x?: answers the same requests as route 4, GET /b',
    'route 6, GET /b/:x?: answers the same requests as route 5, GET /b/:x',
    'route 8, GET /c/*y: answers the same requests as route 7, GET /c/*x',
    'route 11, GET /: answers the same requests as route 10, GET /:x?',
  ]);
});

test('wildcards and optional params are typed by the path', () => {
  const list: Route[] = [
    get('/files/:drive/*path', ({ params }) => [params.drive.trim(), params.path.trim()]),
    get('/orders/:id?', ({ params }) => params.id?.trim()),
    get('/:lang/orders/:id?', ({ params }) => [params.lang.trim(), params.id?.trim()]),
    // @ts-expect-error an optional param may be absent
    get('/a/:id?', ({ params }) => params.id.trim()),
    // @ts-expect-error its name has no question mark
    get('/b/:id?', ({ params }) => params['id?']),
    // @ts-expect-error nor has that of a wildcard a star
    get('/c/*path', ({ params }) => params['*path']),
  ];
  const both: Params<'/:a/:b?'> = { a: 'x' };
  const wildcard: { readonly rest: string } = { rest: 'x' } satisfies Params<'/x/*rest'>;
  expect([routes(list).list.length, both.b, wildcard.rest]).toEqual([6, undefined, 'x']);
});

function problemsOf(list: readonly Route[]): readonly string[] {
  try {
    routes(list);
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
  throw new Error('nothing was refused');
}
