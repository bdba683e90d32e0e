import { expect, test } from '@jest/globals';
import { RawClient } from '../../test/raw-client.ts';
import { ask, serve } from '../../test/server.ts';
import { get, group, type HttpRequest, type Middleware, post, type Route, type RoutesOptions, unauthorized } from '../index.ts';

const POLICIES: Record<string, RoutesOptions> = {
  strict: {},
  redirect: { trailingSlash: 'redirect' },
  ignore: { trailingSlash: 'ignore' },
  'any case': { caseSensitive: false },
  'redirect, any case': { trailingSlash: 'redirect', caseSensitive: false },
  'ignore, any case': { trailingSlash: 'ignore', caseSensitive: false },
};

const VARIANTS = [
  '/admin',
  '/admin/',
  '/admin//',
  '//admin',
  '///admin',
  '//admin/',
  '/ADMIN',
  '/Admin/',
  '/%61dmin',
  '/%41DMIN/',
  '/%61%64%6D%69%6E/',
  '/./admin',
  '/%2e/admin',
  '/public/../admin',
  '/public/%2e%2e/admin',
  '/public/%2E%2e%2Fadmin',
  '/public/..%2fadmin/',
  '/admin;x=1',
  '/admin;/',
  '/;/admin',
  '/admin%3b',
  '/admin%2f',
  '/%2fadmin',
  '/admin%00',
  '/admin%20',
  '/admin.',
  '/admin/.',
  '/admin/%2e',
  '/admin%5c',
  '/admin?x',
  '/admin/?x=/public/a',
  '/admin%3fx',
  '/%c1%a1dmin',
  '/%u0061dmin',
  '/adm%C4%B1n',
  '/keys/K-7',
  '/keys/K-7/',
  '/KEYS/K-7',
  '/Keys/K-7/',
  '/keys//K-7',
  '/keys/%4b-7',
  '/keys/K-7;x/',
  '/keys/',
  '/team/notes/a',
  '/TEAM/notes/a/',
  '/team//notes',
  '/team/%2e%2e/public/a',
];

test.each(Object.entries(POLICIES))('no spelling of a guarded path reaches its handler without the key (%s)', async (_, options) => {
  const { port, reached } = await guarded(options);
  for (const path of VARIANTS) {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT']) {
      const { status } = await ask(port, path, { method });
      expect([method, path, reached.splice(0)]).toEqual([method, path, []]);
      expect([method, path, [204, 308, 400, 401, 404, 405].includes(status) || path.startsWith('/public/')]).toEqual([method, path, true]);
    }
    const absolute = await RawClient.to(port);
    await absolute.send(`GET http://example.test${path} HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n`);
    await absolute.closed;
    expect([path, absolute.statuses.length, reached.splice(0)]).toEqual([path, 1, []]);
  }
});

const STRICT = [
  '/admin as /admin',
  '/%61dmin as /admin',
  '/admin?x as /admin',
  '/keys/K-7 as /keys/K-7',
  '/keys/%4b-7 as /keys/K-7',
  '/team/notes/a as /team/notes/a',
  '/team//notes as /team//notes',
  '/team/%2e%2e/public/a as /team/../public/a',
];
const IGNORE = [
  '/admin/ as /admin',
  '/%61%64%6D%69%6E/ as /admin',
  '/admin/?x=/public/a as /admin',
  '/keys/K-7/ as /keys/K-7',
  '/keys/K-7;x/ as /keys/K-7;x',
];
const ANY_CASE = ['/ADMIN as /admin', '/KEYS/K-7 as /keys/K-7'];

test.each([
  ['strict', STRICT],
  ['redirect', STRICT],
  ['ignore', [...STRICT, ...IGNORE]],
  ['any case', [...STRICT, ...ANY_CASE, '/TEAM/notes/a/ as /team/notes/a/']],
  ['redirect, any case', [...STRICT, ...ANY_CASE, '/TEAM/notes/a/ as /team/notes/a/']],
  [
    'ignore, any case',
    [
      ...[...STRICT, ...IGNORE, ...ANY_CASE],
      '/Admin/ as /admin',
      '/%41DMIN/ as /admin',
      '/Keys/K-7/ as /keys/K-7',
      '/TEAM/notes/a/ as /team/notes/a',
    ],
  ],
])('with the key, the spellings that are one path reach it, and everybody sees the one of the route (%s)', async (policy, expected) => {
  expect((await reachedWithKey(POLICIES[policy] as RoutesOptions)).toSorted()).toEqual(expected.toSorted());
});

/** Which variants reach a guarded handler with the key, and the path that it saw. */
async function reachedWithKey(options: RoutesOptions): Promise<string[]> {
  const { port, reached } = await guarded(options);
  const found: string[] = [];
  for (const path of VARIANTS) {
    await ask(port, path, { headers: { 'X-Key': 'k' } });
    if (reached.length > 0) found.push(`${path} as ${reached.splice(0).join()}`);
  }
  return found;
}

async function guarded(options: RoutesOptions): Promise<{ port: number; reached: string[] }> {
  const reached: string[] = [];
  const secret = ({ path }: HttpRequest<unknown>): string => (reached.push(path), path);
  const check = (request: HttpRequest): void => {
    if (request.header('x-key') !== 'k') throw unauthorized();
  };
  const locked: Middleware = (next) => (request) => (check(request), next(request));
  // What many write, and what only holds where it sees the spelling that the router matched.
  const byPath: Middleware = (next) => (request) => {
    if (request.path === '/admin') check(request);
    return next(request);
  };
  const list: Route[] = [
    get('/admin', secret),
    post('/admin', secret),
    get('/keys/:key', secret, { middlewares: [locked] }),
    ...group('/team', [get('/*rest', secret)], { middlewares: [locked] }),
    get('/public/*rest', () => 'public'),
  ];
  return { port: await serve(list, { ...options, middlewares: [byPath] }), reached };
}
