import { expect, test } from '@jest/globals';
import { apiKey, type Authenticator, basic, bearer, get, type Route, routes, type RoutesOptions } from '../index.ts';
import { openapi } from '../openapi.ts';

const info = { title: 'Shop', version: '1' };
const keys = apiKey(new Map([['k', 'partner']]));
const tokens = bearer(() => undefined);

/** What a document says of who may ask: schemes, and the requirements of each path. */
function said(list: readonly Route[], options?: RoutesOptions, more: object = {}): unknown {
  const { paths, components } = openapi(routes(list, options), { info, ...more });
  const wanted = Object.entries(paths).map(([path, { get: operation }]) => [path, operation?.security]);
  return { schemes: Object.keys(components.securitySchemes ?? {}), ...Object.fromEntries(wanted) };
}

test('what a route asks for follows from its guard, and an open one among them says so', () => {
  const list = [
    get('/keys', () => 1, { auth: keys }),
    get('/tokens', () => 1, { auth: tokens }),
    get('/names', () => 1, { auth: basic(() => undefined) }),
    get('/open', () => 1),
  ];
  expect(said(list)).toEqual({
    schemes: ['apiKey', 'bearer', 'basic'],
    '/keys': [{ apiKey: [] }],
    '/tokens': [{ bearer: [] }],
    '/names': [{ basic: [] }],
    '/open': [],
  });
  expect(openapi(list, { info }).components.securitySchemes).toMatchObject({
    apiKey: { type: 'apiKey', in: 'header', name: 'Authorization' },
    bearer: { type: 'http', scheme: 'bearer' },
  });
});

test('the guard of all routes counts where a route has none, and what a route says by itself counts before both', () => {
  const list = [
    get('/all', () => 1),
    get('/open', () => 1, { auth: 'none' }),
    get('/own', () => 1, { security: [{ other: [] }] }),
    get('/hidden', () => 1, { hidden: true, auth: tokens }),
  ];
  expect(said(list, { auth: keys })).toEqual({ schemes: ['apiKey'], '/all': [{ apiKey: [] }], '/open': [], '/own': [{ other: [] }] });
});

test('without guards nothing is said, and what the document says of all holds for routes without one', () => {
  expect(said([get('/', () => 1)])).toEqual({ schemes: [], '/': undefined });
  const mine = { security: [{ gateway: [] }], securitySchemes: { gateway: { type: 'mutualTLS' } } };
  expect(said([get('/', () => 1), get('/keys', () => 1, { auth: keys })], {}, mine)).toEqual({
    schemes: ['gateway', 'apiKey'],
    '/': undefined,
    '/keys': [{ apiKey: [] }],
  });
});

test('guards that ask for the same are one scheme, also one that has a name already; others have names of their own', () => {
  const jwt: Authenticator = { ...tokens, securityScheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } };
  const list = [get('/a', () => 1, { auth: tokens }), get('/b', () => 1, { auth: bearer(() => 1) }), get('/c', () => 1, { auth: jwt })];
  expect(said(list)).toMatchObject({ '/a': [{ bearer: [] }], '/b': [{ bearer: [] }], '/c': [{ bearer2: [] }] });
  expect(said(list, {}, { securitySchemes: { login: { type: 'http', scheme: 'bearer' } } })).toMatchObject({
    schemes: ['login', 'bearer'],
    '/a': [{ login: [] }],
    '/c': [{ bearer: [] }],
  });
});

test('a guard that does not describe itself is left out, and one that does it wrongly is refused', () => {
  const silent: Authenticator = { authenticate: () => 1 };
  expect(said([get('/', () => 1, { auth: silent })])).toEqual({ schemes: [], '/': undefined });
  for (const securityScheme of ['x', null, {}]) {
    expect(() => routes([get('/', () => 1, { auth: { ...silent, securityScheme } as never })])).toThrow('the securityScheme of auth is');
  }
});
