import { expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import { ask, logged, serve } from '../../test/server.ts';
import { type GuardOptionsError, get, type HttpRequest, rateLimit, type RateLimitOptions, routes, RoutesError } from '../index.ts';

const HOUR = 3_600_000;

function problemsOf(options: unknown): readonly string[] {
  try {
    rateLimit(options as RateLimitOptions);
  } catch (error) {
    return (error as GuardOptionsError).problems;
  }
  return [];
}

test('beyond the limit requests are answered 429 with Retry-After and the RateLimit fields, and counted by route', async () => {
  let handled = 0;
  const port = await serve([get('/a/:id', () => ++handled, { rateLimit: { limit: 2, windowMs: HOUR, name: 'a' } })]);
  const first = await ask(port, '/a/1');
  expect(first.headers['ratelimit-policy']).toBe('"a";q=2;w=3600');
  expect(first.headers['ratelimit']).toMatch(/^"a";r=1;t=\d+$/);
  expect(first.headers['retry-after']).toBeUndefined();
  await ask(port, '/a/2');
  const refused = await ask(port, '/a/3');
  expect(refused).toMatchObject({ status: 429, json: { error: 'Too Many Requests' } });
  const seconds = Number(refused.headers['retry-after']);
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(3600);
  expect(refused.headers['ratelimit']).toBe(`"a";r=0;t=${seconds}`);
  expect(handled).toBe(2);
  expect(await metrics.scrape()).toContain('http_server_rate_limited_requests_total{http_route="/a/:id",policy="a"} 1');
});

test('a token bucket gives back what time brings: after Retry-After the next request is let through', async () => {
  const port = await serve([get('/', () => 'x', { rateLimit: { ratePerSecond: 20, burst: 1 } })]);
  const statuses = [(await ask(port, '/')).status];
  const refused = await ask(port, '/');
  expect(refused.headers['retry-after']).toBe('1');
  const until = performance.now() + 1000;
  while (performance.now() < until && statuses.at(-1) !== 200.5) {
    const { status } = await ask(port, '/');
    if (status === 200) statuses.push(200.5);
  }
  expect(statuses).toEqual([200, 200.5]);
});

test('each key has a limit of its own; requests without a key share one', async () => {
  const key = (request: HttpRequest): string | undefined => request.header('x-client');
  const port = await serve([get('/', () => 'x')], { middlewares: [rateLimit({ limit: 1, windowMs: HOUR, key })] });
  const status = async (client?: string): Promise<number> =>
    (await ask(port, '/', { headers: client === undefined ? {} : { 'X-Client': client } })).status;
  expect([await status('a'), await status('b'), await status('a'), await status(), await status()]).toEqual([200, 200, 429, 200, 429]);
});

test('in the middlewares of routes() it limits all routes together, those that do not exist too', async () => {
  const port = await serve([get('/a', () => 'x'), get('/b', () => 'x')], { middlewares: [rateLimit({ limit: 3, windowMs: HOUR })] });
  const statuses = [];
  for (const path of ['/a', '/b', '/none', '/a']) statuses.push((await ask(port, path)).status);
  expect(statuses).toEqual([200, 200, 404, 429]);
});

test('where several limits hold, the fields name each', async () => {
  const port = await serve([get('/', () => 'x', { rateLimit: { name: 'route', limit: 9, windowMs: 1000 } })], {
    middlewares: [rateLimit({ name: 'all', ratePerSecond: 1, burst: 5 })],
  });
  const { headers } = await ask(port, '/');
  expect(headers['ratelimit-policy']).toBe('"all";q=5;w=5, "route";q=9;w=1');
  expect(headers['ratelimit']).toBe('"all";r=4;t=1, "route";r=8;t=1');
});

test('HEAD counts with its GET', async () => {
  const port = await serve([get('/', () => 'x', { rateLimit: { limit: 1, windowMs: HOUR } })]);
  expect([(await ask(port, '/', { method: 'HEAD' })).status, (await ask(port, '/')).status]).toEqual([200, 429]);
});

test('a key function that throws, or does not answer at once, is a logged 500', async () => {
  const thrown = (): string => {
    throw new Error('no key');
  };
  const late = (async () => 'late') as unknown as () => string;
  const port = await serve([
    get('/thrown', () => 'x', { rateLimit: { limit: 1, windowMs: 1000, key: thrown } }),
    get('/late', () => 'x', { rateLimit: { limit: 1, windowMs: 1000, key: late } }),
  ]);
  expect((await ask(port, '/thrown')).status).toBe(500);
  expect((await ask(port, '/late')).status).toBe(500);
  expect(logged.findAll({ level: 'error', message: 'request failed' })).toHaveLength(2);
});

test('a handler that answers at once still does: nothing is waited for', () => {
  const answer = { at: 'once' };
  const handler = rateLimit({ limit: 1, windowMs: 1000, advertise: false })(() => answer);
  expect(handler({} as HttpRequest)).toBe(answer);
});

test('errors as problem details hold for a 429 too', async () => {
  const port = await serve([get('/', () => 'x', { rateLimit: { limit: 1, windowMs: HOUR } })], { errors: 'problem' });
  await ask(port, '/');
  const refused = await ask(port, '/');
  expect(refused.headers['content-type']).toBe('application/problem+json');
  expect(refused.headers['retry-after']).toBeDefined();
  expect(JSON.parse(refused.text)).toMatchObject({ status: 429, title: 'Too Many Requests' });
});

test('keys that find no room are told of in the log, once a minute', async () => {
  let client = 0;
  const port = await serve([get('/', () => 'x', { rateLimit: { limit: 1, windowMs: HOUR, maxKeys: 1, key: () => `c${client++}` } })]);
  for (let i = 0; i < 5; i++) await ask(port, '/');
  expect(logged.findAll({ level: 'warn', message: /no room for more keys/ })).toHaveLength(1);
});

test('all that is wrong with the options is said at once', () => {
  expect(problemsOf({ limit: 0, windowMs: 1.5, key: 'ip', maxKeys: 0, name: 'a b', advertise: 1, max: 3 })).toEqual([
    'there is no option "max"',
    'name is "a b": it takes a token of HTTP',
    'limit is 0: it takes a whole number, 1 to 1000000000',
    'windowMs is 1.5: it takes a whole number, 1 to 2678400000',
    'maxKeys is 0: it takes a whole number, 1 to 10000000',
    'key is "ip": it takes a function',
    'advertise is 1: it takes true or false',
  ]);
  expect(problemsOf({ ratePerSecond: -1, burst: 1 })).toEqual([
    'ratePerSecond is -1: it takes a number from 1/86400 (one a day) to 1000000',
  ]);
  expect(problemsOf({ limit: 1, burst: 1 })).toHaveLength(1);
  expect(problemsOf({ limit: 1 })).toEqual(['limit and windowMs go together']);
  expect(problemsOf({})).toHaveLength(1);
  expect(problemsOf(null)).toHaveLength(1);
  expect(problemsOf({ limit: 1, windowMs: 1 })).toEqual([]);
});

test('those of a route are among the problems of the routes', () => {
  const make = (): unknown => routes([get('/', () => 'x', { rateLimit: { limit: -1, windowMs: 1000 } })]);
  expect(make).toThrow(RoutesError);
  expect(make).toThrow('route 0, GET /: rateLimit: limit is -1');
});
