import { expect, test } from '@jest/globals';
import { RawClient } from '../../test/raw-client.ts';
import { ask, logged, serve } from '../../test/server.ts';
import {
  apiKey,
  type Authenticator,
  basic,
  bearer,
  forbidden,
  get,
  group,
  type Middleware,
  post,
  type Route,
  routes,
  type RoutesOptions,
  unavailable,
} from '../index.ts';
import { HttpRequest } from '../request.ts';

const KEY = 'k-4711/+=.~';
const keys = new Map([
  [KEY, { name: 'billing' }],
  ['another', { name: 'shipping' }],
]);
const byKey = apiKey(keys);
const whoAmI = get('/me', ({ principal }) => principal, { auth: byKey });

const basicHeader = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('a key that is known names the principal, whatever the case of header and scheme', async () => {
  const port = await serve([whoAmI]);
  for (const [name, value] of [
    ['Authorization', `Apikey ${KEY}`],
    ['authorization', `apikey ${KEY}`],
    ['AUTHORIZATION', `APIKEY   ${KEY}`],
  ] as const) {
    expect(await ask(port, '/me', { headers: { [name]: value } })).toMatchObject({ status: 200, json: { name: 'billing' } });
  }
  expect((await ask(port, '/me', { headers: { Authorization: 'Apikey another' } })).json).toEqual({ name: 'shipping' });
});

test.each([
  ['none', undefined],
  ['an empty one', ''],
  ['the scheme alone', 'Apikey'],
  ['the scheme and a space', 'Apikey '],
  ['another scheme', `Bearer ${KEY}`],
  ['a scheme that begins alike', `Apikeys ${KEY}`],
  ['no space behind the scheme', `Apikey${KEY}`],
  ['a tab behind the scheme', `Apikey\t${KEY}`],
  ['a quoted key', `Apikey "${KEY}"`],
  ['a part of the key', `Apikey ${KEY.slice(0, -1)}`],
  ['more than the key', `Apikey ${KEY}x`],
  ['the key in another case', `Apikey ${KEY.toUpperCase()}`],
  ['two keys in one', `Apikey ${KEY}, Apikey ${KEY}`],
  ['two words', `Apikey ${KEY} ${KEY}`],
  ['the name of a member that all objects have', 'Apikey __proto__'],
  ['a key of 12,000 characters', `Apikey ${'k'.repeat(12_000)}`],
])('a request whose Authorization is %s is a 401 with a challenge, and says nothing else', async (_what, value) => {
  const port = await serve([whoAmI]);
  const answer = await ask(port, '/me', { headers: value === undefined ? {} : { Authorization: value } });
  expect(answer).toMatchObject({ status: 401, json: { error: 'Unauthorized' }, headers: { 'www-authenticate': 'Apikey' } });
  expect(logged.lines).toEqual([]);
});

test('two Authorization headers are none, even where both are right', async () => {
  const port = await serve([whoAmI]);
  const client = await RawClient.to(port);
  const header = `Authorization: Apikey ${KEY}\r\n`;
  await client.send(`GET /me HTTP/1.1\r\nHost: a\r\n${header}${header}Connection: close\r\n\r\n`);
  await client.closed;
  expect(client.statuses).toEqual([401]);
});

test('a guard stands before the route’s own middlewares, its schemas and the body, and behind those of all routes and of its group', async () => {
  const notes: string[] = [];
  const note =
    (name: string): Middleware =>
    (next) =>
    (request) => {
      notes.push(`${name} ${String((request.principal as { name?: string } | undefined)?.name)}`);
      return next(request);
    };
  const list = group('/v1', [post('/a', () => notes.push('handler'), { auth: byKey, middlewares: [note('own')] })], {
    middlewares: [note('group')],
  });
  const port = await serve(list, { middlewares: [note('all')] });
  const refused = await RawClient.to(port);
  await refused.send('POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx');
  await refused.until(/ 401 [^]*\r\n\r\n\{.*\}$/);
  refused.socket.destroy();
  expect(notes.splice(0)).toEqual(['all undefined', 'group undefined']);
  expect((await ask(port, '/v1/a', { method: 'POST', headers: { Authorization: `Apikey ${KEY}` } })).status).toBe(201);
  expect(notes).toEqual(['all undefined', 'group undefined', 'own billing', 'handler']);
});

test('HEAD is guarded as its GET is', async () => {
  const port = await serve([whoAmI]);
  expect((await ask(port, '/me', { method: 'HEAD' })).status).toBe(401);
  expect((await ask(port, '/me', { method: 'HEAD', headers: { Authorization: `Apikey ${KEY}` } })).status).toBe(200);
});

test('routes() may guard all of them; a route opens itself, or has an authenticator of its own; other paths are not there', async () => {
  const other = apiKey(new Map([['other', 'somebody']]));
  const port = await serve(
    [get('/a', () => 'a'), get('/open', () => 'open', { auth: 'none' }), get('/other', () => 'other', { auth: other })],
    {
      auth: byKey,
    },
  );
  const status = async (path: string, key?: string): Promise<number> =>
    (await ask(port, path, { headers: key === undefined ? {} : { Authorization: `Apikey ${key}` } })).status;
  expect([await status('/a'), await status('/a', KEY), await status('/a', 'other')]).toEqual([401, 200, 401]);
  expect([await status('/open'), await status('/other'), await status('/other', KEY), await status('/other', 'other')]).toEqual([
    200, 401, 401, 200,
  ]);
  expect(await status('/nowhere')).toBe(404);
});

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['null', null],
  ['false', false],
])('an authenticator that answers %s has refused, at once or later', async (_what, answer) => {
  const port = await serve([
    get('/now', () => 'in', { auth: { authenticate: () => answer } }),
    get('/later', () => 'in', { auth: { authenticate: async () => answer } }),
  ]);
  for (const path of ['/now', '/later']) {
    const { status, headers } = await ask(port, path);
    expect([status, headers['www-authenticate']]).toEqual([401, undefined]);
  }
});

test('what can be waited for is waited for, a function too: it is nobody’s name', async () => {
  const thenable = Object.defineProperty(() => undefined, ['th', 'en'].join(''), {
    value: (resolve: (value: undefined) => void) => resolve(undefined),
  });
  const port = await serve([get('/', () => 'in', { auth: { authenticate: () => thenable } })]);
  expect((await ask(port, '/')).status).toBe(401);
});

test('what is no name can still be a principal: 0 and an empty text', async () => {
  const port = await serve(
    [0, ''].map((who, i) => get(`/${i}`, ({ principal }) => ({ who: principal }), { auth: { authenticate: () => who } })) as Route[],
  );
  expect([(await ask(port, '/0')).json, (await ask(port, '/1')).json]).toEqual([{ who: 0 }, { who: '' }]);
});

test('what an authenticator throws is the answer: 403, 503, and a logged 500 that tells nothing', async () => {
  const failing = (error: Error): Authenticator => ({
    authenticate: () => {
      throw error;
    },
  });
  const port = await serve([
    get('/403', () => 'in', { auth: failing(forbidden('not you')) }),
    get('/503', () => 'in', { auth: { authenticate: () => Promise.reject(unavailable('no directory')) } }),
    get('/500', () => 'in', { auth: failing(new Error('secret')) }),
  ]);
  expect(await ask(port, '/403')).toMatchObject({ status: 403, json: { error: 'not you' } });
  expect(await ask(port, '/503')).toMatchObject({ status: 503 });
  const { status, text } = await ask(port, '/500');
  expect([status, text]).toEqual([500, '{"error":"Internal Server Error"}']);
});

test('an authenticator that asks for a signal hears when the client has gone', async () => {
  let gone: Promise<unknown> | undefined;
  const waiting: Authenticator = {
    authenticate: (_request, signal) =>
      new Promise((_, reject) => {
        gone = new Promise((resolve) => signal.addEventListener('abort', () => (resolve(signal.reason), reject(signal.reason as Error))));
        asked();
      }),
  };
  let asked = (): void => undefined;
  const reached = new Promise<void>((resolve) => (asked = resolve));
  const client = await RawClient.to(await serve([get('/', () => 'in', { auth: waiting })]));
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await reached;
  client.socket.destroy();
  expect(await gone).toMatchObject({ code: 'PATRON_HTTP_CLIENT_GONE' });
});

test('a thousand requests at once have each their own principal', async () => {
  const many = new Map(Array.from({ length: 1000 }, (_, i) => [`key-${i}`, i]));
  const slow = apiKey(async (key) => (await new Promise((resolve) => setTimeout(resolve, Math.random() * 20)), many.get(key)));
  const port = await serve([get('/:i', ({ params, principal }) => [params.i, principal], { auth: slow })]);
  const answers = await Promise.all([...many].map(([key, i]) => ask(port, `/${i}`, { headers: { Authorization: `Apikey ${key}` } })));
  expect(answers.map(({ json }) => json)).toEqual([...many.values()].map((i) => [String(i), i]));
});

test('a bearer token that is nobody’s is told to be invalid, a missing one is not (RFC 6750 §3.1)', async () => {
  const auth = bearer((token) => (token === 'good.token' ? { user: 'Ada' } : undefined), { realm: 'the "shop"' });
  const port = await serve([get('/', ({ principal }) => principal.user, { auth })]);
  const challenge = async (value?: string): Promise<unknown> => {
    const { status, headers } = await ask(port, '/', { headers: value === undefined ? {} : { Authorization: value } });
    return [status, headers['www-authenticate']];
  };
  const realm = 'Bearer realm="the \\"shop\\""';
  expect(await challenge()).toEqual([401, realm]);
  expect(await challenge('Bearer')).toEqual([401, realm]);
  for (const token of ['bad', 'go od', 'good.token"', '=good.token', 'good.token, x']) {
    expect([token, await challenge(`Bearer ${token}`)]).toEqual([token, [401, `${realm}, error="invalid_token"`]]);
  }
  expect((await ask(port, '/', { headers: { Authorization: 'bearer good.token' } })).text).toBe('Ada');
});

test('name and password are read in UTF-8, to the first colon; anything else is nobody (RFC 7617)', async () => {
  const seen: unknown[] = [];
  const auth = basic((credentials) => (seen.push(credentials), credentials));
  const port = await serve([get('/', ({ principal }) => principal.user, { auth })]);
  const status = async (value: string): Promise<number> => (await ask(port, '/', { headers: { Authorization: value } })).status;
  expect(await status(basicHeader('Jürgen:pass:word €'))).toBe(200);
  expect(await status(basicHeader(':'))).toBe(200);
  expect(seen.splice(0)).toEqual([
    { user: 'Jürgen', password: 'pass:word €' },
    { user: '', password: '' },
  ]);
  for (const wrong of [
    basicHeader('no colon'),
    'Basic ****',
    'Basic',
    basicHeader('a:b\nc'),
    'Basic /////w==',
    `Basic ${'YTpi'.repeat(3)}==x`,
  ])
    expect([wrong, await status(wrong)]).toEqual([wrong, 401]);
  expect(seen).toEqual([]);
  expect((await ask(port, '/')).headers['www-authenticate']).toBe('Basic realm="patron", charset="UTF-8"');
});

test('the principal is typed by the authenticator', async () => {
  const list = [
    whoAmI,
    get('/a', ({ principal }) => principal.name.trim(), { auth: byKey }),
    // @ts-expect-error it has no such field
    get('/b', ({ principal }) => principal.age, { auth: byKey }),
    // @ts-expect-error without an authenticator nobody knows
    get('/c', ({ principal }) => principal.name),
    ...group('/d', ({ get }) => [get('/', ({ principal }) => principal.name.trim(), { auth: byKey })]),
  ];
  expect(routes(list).list).toHaveLength(5);
});

test('what can’t be an authenticator is refused with all other problems', () => {
  const bad = (auth: unknown): Route => get('/x', () => 1, { auth: auth as Authenticator });
  const problems = (list: Route[], options: unknown = {}): unknown => {
    try {
      routes(list, options as RoutesOptions);
    } catch (error) {
      return (error as { problems: unknown }).problems;
    }
    throw new Error('nothing was refused');
  };
  expect(problems([bad('key')])).toEqual([
    'route 0, GET /x: auth is "key"; it has to be an Authenticator, as apiKey() makes one, or "none"',
  ]);
  expect(problems([], { auth: 'none' })).toEqual(['auth is "none"; it has to be an Authenticator, as apiKey() makes one']);
  expect(problems([bad({ authenticate: () => 1, challenge: 'a\nb' })])).toEqual([
    expect.stringContaining("the challenge of auth can't be sent"),
  ]);
  expect(problems([bad({ authenticate: () => 1, challenge: 1 })])).toEqual([
    'route 0, GET /x: the challenge of auth is 1; it has to be a text',
  ]);
});

test('what no authenticator can be made of is said at once, and no key with it', () => {
  const problems = (make: () => unknown): unknown => {
    try {
      make();
    } catch (error) {
      expect(error).toMatchObject({ code: 'PATRON_HTTP_GUARD_INVALID' });
      return (error as { problems: unknown }).problems;
    }
    throw new Error('nothing was refused');
  };
  expect(problems(() => apiKey({} as never))).toEqual([expect.stringContaining('it takes a Map of principals by key, or a function')]);
  for (const key of ['', ' ', ' k', 'k ', 'a b', 'clé', 'a\nb'])
    expect(problems(() => apiKey(new Map([[key, 1]])))).toEqual(['key 0 is no text of visible ASCII: no header carries it']);
  const keys = new Map<unknown, unknown>([
    ['secret-1', false],
    ['secret-2', 'ok'],
    [3, null],
  ]);
  expect(problems(() => apiKey(keys as never))).toEqual([
    'the principal of key 0 is false, which refuses: leave the key out',
    'key 2 is no text of visible ASCII: no header carries it',
    'the principal of key 2 is null, which refuses: leave the key out',
  ]);
  expect(problems(() => bearer(1 as never, { realm: 'ä' }))).toEqual([
    'the validator is 1: it takes a function',
    'realm is "ä": it takes visible ASCII',
  ]);
  expect(problems(() => basic(() => 1, { realm: 'a\n' }))).toEqual([expect.stringContaining('realm is ')]);
});

test('a signal is made only for a validator that has a parameter for it, and only where there are credentials', async () => {
  const seen: unknown[] = [];
  const made = new Set<string>();
  const watched =
    (name: string): Middleware =>
    (next) =>
    (request) => {
      const getter = Object.getOwnPropertyDescriptor(HttpRequest.prototype, 'signal')?.get as () => AbortSignal;
      Object.defineProperty(request, 'signal', {
        get(this: HttpRequest) {
          made.add(`${name} ${this.header('x-case') ?? ''}`);
          return getter.call(this);
        },
      });
      return next(request);
    };
  const port = await serve([
    ...group('/one', [get('/in', () => 'in', { auth: apiKey((key) => key === 'k') })], { middlewares: [watched('one')] }),
    ...group('/two', [get('/in', () => 'in', { auth: bearer((token, signal) => (seen.push(signal.aborted), token === 'k')) })], {
      middlewares: [watched('two')],
    }),
  ]);
  for (const [path, scheme] of [
    ['/one/in', 'Apikey'],
    ['/two/in', 'Bearer'],
  ] as const) {
    expect((await ask(port, path, { headers: { 'X-Case': 'none' } })).status).toBe(401);
    expect((await ask(port, path, { headers: { 'X-Case': 'given', Authorization: `${scheme} k` } })).status).toBe(200);
  }
  expect([...made]).toEqual(['two given']);
  expect(seen).toEqual([false]);
});
