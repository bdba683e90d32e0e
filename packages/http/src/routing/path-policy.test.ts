import { expect, test } from '@jest/globals';
import { RawClient } from '../../test/raw-client.ts';
import { ask, serve } from '../../test/server.ts';
import { get, type HttpRequest, post, type Route, routes, type RoutesOptions } from '../index.ts';

const show = ({ route, path, params }: HttpRequest<unknown>): unknown => ({ route, path, params });

test('a slash at the end and case count, unless something else is said', async () => {
  const port = await serve([get('/orders', show), get('/Orders/', () => 'another')]);
  expect((await ask(port, '/Orders/')).text).toBe('another');
  for (const path of ['/orders/', '/Orders', '/ORDERS']) expect([path, (await ask(port, path)).status]).toEqual([path, 404]);
});

test('redirect: a path whose routes have the other form answers 308 to it, with the query as it was', async () => {
  const list = [get('/orders', show), post('/orders', show), get('/docs/', show), get('/items/:id', show), get('/jobs/:id?', show)];
  const port = await serve(list, { trailingSlash: 'redirect' });
  for (const [path, location] of [
    ['/orders/', '/orders'],
    ['/orders/?a=1&b=%2F/?', '/orders?a=1&b=%2F/?'],
    ['/orders/?', '/orders'],
    ['/docs', '/docs/'],
    ['/docs?x', '/docs/?x'],
    ['/items/a%2fb%20c;d/', '/items/a%2Fb%20c;d'],
    ['/items/caf%c3%a9/', '/items/caf%C3%A9'],
    ['/jobs/', '/jobs'],
    ['/jobs/7/', '/jobs/7'],
  ] as const) {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
      const { status, text, headers } = await ask(port, path, { method });
      expect([method, path, status, text, headers.location]).toEqual([method, path, 308, '', location]);
    }
    expect((await ask(port, location)).status).toBe(200);
  }
  for (const path of ['/', '/orders//', '//orders/', '/items/', '/items//', '/nothing/', '/docs//']) {
    const { status, headers } = await ask(port, path);
    expect([path, status, headers.location]).toEqual([path, 404, undefined]);
  }
});

test('redirect: where both forms have routes, each answers what it has', async () => {
  const port = await serve([get('/a', () => 'without'), post('/a/', () => 'with'), get('/b/*rest', show)], { trailingSlash: 'redirect' });
  expect((await ask(port, '/a')).text).toBe('without');
  expect((await ask(port, '/a/')).headers.allow).toBe('OPTIONS, POST');
  expect((await ask(port, '/b/x/')).json).toMatchObject({ params: { rest: 'x/' } });
});

test('redirect: nobody is sent to another host', async () => {
  const list = [get('/:a', show), get('/:a/:b', show), get('/:a/:b/', () => 1), get('/', show), get('/x/:y/', show)];
  const port = await serve(list, { trailingSlash: 'redirect' });
  for (const target of [
    '//evil.example/',
    '//evil.example',
    '///evil.example/',
    '//evil.example//',
    '/\\evil.example/',
    '/\\/evil.example/',
    '/\t/evil.example/',
    '/\\\tevil.example/',
    '/.//evil.example/',
    '/%2F/evil.example/',
    '/%2Fevil.example/',
    '/%5Cevil.example/',
    '/%0D%0ALocation:%20evil/',
    'http://evil.example//evil.example/',
    'http://evil.example/path/',
    'http://evil.example/',
    '/\u00e9vil/',
  ]) {
    const client = await RawClient.to(port);
    await client.send(`GET ${target} HTTP/1.1\r\nHost: good.example\r\nConnection: close\r\n\r\n`);
    await client.closed;
    const [, location] = /^Location: (.*)\r$/im.exec(client.received) ?? [];
    const host = location === undefined ? 'good.example' : new URL(location, 'http://good.example/').host;
    expect([target, host, client.statuses]).toEqual([target, 'good.example', [expect.any(Number)]]);
    expect([target, client.statuses[0] === 500]).toEqual([target, false]);
  }
  expect((await ask(port, '/%2Fevil.example/')).headers.location).toBe('/%2Fevil.example');
});

test('redirect: a body that was sent with it is left unread, and the answer arrives', async () => {
  const port = await serve([post('/orders', show)], { trailingSlash: 'redirect' });
  const { status, headers } = await ask(port, '/orders/', { method: 'POST', body: 'x'.repeat(1_000_000) });
  expect([status, headers.location]).toEqual([308, '/orders']);
});

test('redirect: middlewares of all routes see it, without a route', async () => {
  const seen: unknown[] = [];
  const look = (next: (request: HttpRequest) => unknown) => (request: HttpRequest) => {
    seen.push([request.path, request.route]);
    return next(request);
  };
  const port = await serve([get('/orders', show)], { trailingSlash: 'redirect', middlewares: [look] });
  expect((await ask(port, '/orders/')).status).toBe(308);
  expect(seen).toEqual([['/orders/', undefined]]);
});

test('ignore: one slash at the end is not looked at, and request.path is as the route has it', async () => {
  const list = [
    get('/', show),
    get('/orders', show),
    get('/docs/', show),
    get('/items/:id', show),
    get('/x/:id/', show),
    get('/jobs/:id?', show),
  ];
  const port = await serve([...list, get('/files/*path', show), get('/files/top', show)], { trailingSlash: 'ignore' });
  for (const [route, path, params, ...asked] of [
    ['/', '/', {}, '/'],
    ['/orders', '/orders', {}, '/orders', '/orders/', '/orders/?a=1'],
    ['/docs/', '/docs/', {}, '/docs', '/docs/'],
    ['/items/:id', '/items/7', { id: '7' }, '/items/7', '/items/7/'],
    ['/x/:id/', '/x/7/', { id: '7' }, '/x/7', '/x/7/'],
    ['/jobs/:id?', '/jobs', {}, '/jobs', '/jobs/'],
    ['/jobs/:id?', '/jobs/7', { id: '7' }, '/jobs/7', '/jobs/7/'],
    ['/files/*path', '/files/a/b', { path: 'a/b' }, '/files/a/b', '/files/a/b/'],
    ['/files/top', '/files/top', {}, '/files/top', '/files/top/'],
    ['/files/*path', '/files/top//', { path: 'top//' }, '/files/top//'],
  ] as const) {
    for (const one of asked) expect([one, (await ask(port, one)).json]).toEqual([one, { route, path, params }]);
  }
  for (const path of ['//', '/orders//', '//orders', '/items/', '/items//', '/files', '/files/', '/docs//']) {
    expect([path, (await ask(port, path)).status]).toEqual([path, 404]);
  }
  expect((await ask(port, '/orders/', { method: 'PUT' })).headers.allow).toBe('GET, HEAD, OPTIONS');
});

test('without case: static segments are compared in any, and request.path is as the route spells them; values stay as sent', async () => {
  const port = await serve([get('/Orders/:id/Items', show), get('/files/*path', show), get('/caf\u00e9', show)], { caseSensitive: false });
  for (const [asked, path, params] of [
    ['/Orders/aB/Items', '/Orders/aB/Items', { id: 'aB' }],
    ['/orders/aB/items', '/Orders/aB/Items', { id: 'aB' }],
    ['/ORDERS/%41b%2f/ITEMS', '/Orders/Ab%2F/Items', { id: 'Ab/' }],
    ['/FILES/A/b', '/files/A/b', { path: 'A/b' }],
    ['/CAF%c3%a9', '/caf%C3%A9', {}],
    // A letter that is two characters long in lower case shifts nothing.
    ['/orders/%C4%B0/items', '/Orders/%C4%B0/Items', { id: '\u0130' }],
  ] as const) {
    expect([asked, (await ask(port, asked)).json]).toMatchObject([asked, { path, params }]);
  }
  // Only A to Z have a case here; other letters are bytes (RFC 3986 §6.2.2.1).
  for (const path of ['/CAF%C3%89', '/%E2%84%AA']) expect((await ask(port, path)).status).toBe(404);
});

test('case and slash together', async () => {
  const ignoring = await serve([get('/Docs/:page/', show)], { trailingSlash: 'ignore', caseSensitive: false });
  expect((await ask(ignoring, '/dOCS/One')).json).toMatchObject({ path: '/Docs/One/' });
  const redirecting = await serve([get('/Docs/:page', show)], { trailingSlash: 'redirect', caseSensitive: false });
  expect((await ask(redirecting, '/docs/One/?q=A')).headers.location).toBe('/Docs/One?q=A');
});

test('routes that a policy makes one are refused', () => {
  const list = [
    get('/a', show),
    get('/a/', show),
    get('/A', show),
    get('/a/:x', show),
    get('/A/:y/', show),
    get('/:x?', show),
    get('/', show),
  ];
  const same = (options: RoutesOptions) =>
    problemsOf(list.slice(0, 5), options).map((problem) => problem.replace(/: answers the same requests as/, ' ='));
  expect(same({ trailingSlash: 'ignore' })).toEqual(['route 1, GET /a/ = route 0, GET /a']);
  expect(same({ caseSensitive: false })).toEqual(['route 2, GET /A = route 0, GET /a']);
  expect(same({ trailingSlash: 'ignore', caseSensitive: false })).toEqual([
    'route 1, GET /a/ = route 0, GET /a',
    'route 2, GET /A = route 0, GET /a',
    'route 4, GET /A/:y/ = route 3, GET /a/:x',
  ]);
  expect(routes(list.slice(0, 5), { trailingSlash: 'redirect' }).list).toHaveLength(5);
});

test('a policy that there is not is refused, with what is wrong with the routes', () => {
  const options = { trailingSlash: 'lax', caseSensitive: 1 } as unknown as RoutesOptions;
  expect(problemsOf([get('a', show)], options)).toEqual([
    'route 0, GET a: the path has to begin with "/"',
    'trailingSlash is "lax"; it has to be "strict", "redirect" or "ignore"',
    'caseSensitive is 1; it has to be true or false',
  ]);
});

function problemsOf(list: readonly Route[], options: RoutesOptions): readonly string[] {
  try {
    routes(list, options);
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
  throw new Error('nothing was refused');
}
