import { describe, expect, test } from '@jest/globals';
import { ask, serve } from '../../test/server.ts';
import { type CorsOptions, cors, type GuardOptionsError, get, HttpError, type Middleware, respond, unauthorized } from '../index.ts';

const SHOP = 'https://shop.example';
const locked: Middleware = () => () => {
  throw unauthorized(undefined, { 'WWW-Authenticate': 'Apikey' });
};
const list = [
  get('/value', () => 'x'),
  get('/own', () => respond(200, 'x', { Vary: 'Accept' })),
  get('/conflict', () => {
    throw new HttpError(409);
  }),
  get('/broken', () => {
    throw new Error('inside');
  }),
  get('/stream', async function* () {
    yield 'piece';
  }),
  get('/locked', () => 'x', { middlewares: [locked] }),
];

function problemsOf(options: unknown): readonly string[] {
  try {
    cors(options as CorsOptions);
  } catch (error) {
    return (error as GuardOptionsError).problems;
  }
  return [];
}

test.each([
  ['/value', 200],
  ['/conflict', 409],
  ['/broken', 500],
  ['/stream', 200],
  ['/locked', 401],
  ['/none', 404],
])('an allowed origin may read the answer of %s, %i', async (path, status) => {
  const port = await serve(list, { middlewares: [cors({ origins: [SHOP], credentials: true })] });
  const answer = await ask(port, path, { headers: { Origin: SHOP } });
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': SHOP,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'X-Correlation-Id, Retry-After, RateLimit, RateLimit-Policy',
    vary: 'Origin',
  });
});

test('another origin is served without a header that lets its page read, and so is a request without one', async () => {
  const port = await serve(list, { middlewares: [cors({ origins: [SHOP], credentials: true })] });
  for (const headers of [{ Origin: 'https://evil.test' }, { Origin: `${SHOP}.evil.test` }, { Origin: 'null' }, {}]) {
    const answer = await ask(port, '/value', { headers });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(answer.headers.vary).toBe('Origin');
  }
});

test('a doubled Origin is no origin', async () => {
  const port = await serve(list, { middlewares: [cors({ origins: [SHOP] })] });
  const answer = await ask(port, '/value', { headers: { Origin: [SHOP, 'https://evil.test'] } });
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test('the Vary of a handler is joined with ours', async () => {
  const port = await serve(list, { middlewares: [cors({ origins: [SHOP] })] });
  expect((await ask(port, '/own', { headers: { Origin: SHOP } })).headers.vary).toBe('Origin, Accept');
});

test('where everybody may read, answers do not depend on the origin', async () => {
  const port = await serve(list, { middlewares: [cors({ origins: '*' })] });
  for (const Origin of [SHOP, 'null']) {
    const answer = await ask(port, '/value', { headers: { Origin } });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers.vary).toBeUndefined();
  }
});

describe('a preflight', () => {
  const preflight = (headers: Record<string, string> = {}): { method: string; headers: Record<string, string> } => ({
    method: 'OPTIONS',
    headers: { Origin: SHOP, 'Access-Control-Request-Method': 'PUT', ...headers },
  });

  test.each(['/value', '/locked', '/none'])('is answered 204 before authentication and routing: %s', async (path) => {
    const port = await serve(list, { middlewares: [cors({ origins: [SHOP], maxAgeSeconds: 60 }), locked] });
    const answer = await ask(port, path, preflight());
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'Content-Type, Authorization, X-Correlation-Id, traceparent, tracestate',
      'access-control-max-age': '60',
      vary: 'Origin',
    });
  });

  test('of another origin grants nothing', async () => {
    const port = await serve(list, { middlewares: [cors({ origins: [SHOP] })] });
    const answer = await ask(port, '/value', preflight({ Origin: 'https://evil.test' }));
    expect(answer.status).toBe(204);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(answer.headers.vary).toBe('Origin');
  });

  test('gets the headers that it asks for, where that is allowed, and only what is the name of one', async () => {
    const port = await serve(list, { middlewares: [cors({ origins: '*', headers: 'requested' })] });
    const answer = await ask(port, '/value', preflight({ 'Access-Control-Request-Headers': 'x-a, x b,, "x", x-c' }));
    expect(answer.headers['access-control-allow-headers']).toBe('x-a, x-c');
    expect(answer.headers.vary).toBe('Access-Control-Request-Headers');
  });

  test('is no preflight without the method that it asks for: the routes answer', async () => {
    const port = await serve(list, { middlewares: [cors({ origins: [SHOP] })] });
    const answer = await ask(port, '/none', { method: 'OPTIONS', headers: { Origin: SHOP } });
    expect(answer.status).toBe(404);
    expect(answer.headers['access-control-allow-origin']).toBe(SHOP);
  });
});

test.each<[string, CorsOptions['origins'], string, boolean]>([
  ['a name', [SHOP], SHOP, true],
  ['a name in another case', [SHOP], 'https://SHOP.example', false],
  ['another scheme', [SHOP], 'http://shop.example', false],
  ['another port', [SHOP], `${SHOP}:8443`, false],
  ['a whole match', /https:\/\/[a-z]+\.shop\.example/, 'https://pay.shop.example', true],
  ['a match at the beginning only', /https:\/\/shop\.example/, `${SHOP}.evil.test`, false],
  ['a match at the end only', [/shop\.example/], 'https://evilshop.example', false],
  ['an alternative that is no whole match', /https:\/\/a\.test|b\.test/, 'https://evil-b.test', false],
  ['an expression that remembers', /https:\/\/shop\.example/g, SHOP, true],
  ['null, to an expression that takes anything', /.*/, 'null', false],
  ['null, to a function that takes anything', () => true, 'null', false],
  ['null, by name', ['null'], 'null', true],
  ['a function', (origin) => origin.endsWith('.example'), SHOP, true],
  ['an app', ['capacitor://localhost'], 'capacitor://localhost', true],
])('%s', async (_, origins, origin, isAllowed) => {
  const port = await serve(list, { middlewares: [cors({ origins })] });
  for (let i = 0; i < 2; i++) {
    const { headers } = await ask(port, '/value', { headers: { Origin: origin } });
    expect(headers['access-control-allow-origin']).toBe(isAllowed ? origin : undefined);
  }
});

test('a function that does not answer at once lets nobody in: a promise would be true for everybody', async () => {
  const late = (async () => false) as unknown as () => boolean;
  const port = await serve(list, { middlewares: [cors({ origins: late })] });
  const answer = await ask(port, '/value', { headers: { Origin: SHOP } });
  expect(answer.status).toBe(500);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test('all that is wrong with the options is said at once, everybody with credentials among it', () => {
  expect(problemsOf({ origins: '*', credentials: true })).toEqual([
    'origins is "*" with credentials: browsers refuse that, name what is allowed',
  ]);
  expect(problemsOf({ origins: [SHOP], credentials: true, headers: ['*'], methods: ['GE T'], maxAgeSeconds: -1, origin: 1 })).toEqual([
    'there is no option "origin"',
    'methods[0] is "GE T": that is no token of HTTP',
    'maxAgeSeconds is -1: it takes a whole number, 0 to 86400',
    'headers is "*" with credentials: browsers refuse that, name what is allowed',
  ]);
  expect(problemsOf({})).toHaveLength(1);
  expect(problemsOf({ origins: [] })).toHaveLength(1);
  for (const bad of ['*', 'shop.example', `${SHOP}/`, 'https://Shop.example', `${SHOP}:443`, 'https://*.example', 7])
    expect([bad, problemsOf({ origins: [bad] })]).toEqual([bad, [expect.stringMatching(/^origins\[0\] is /)]]);
});
