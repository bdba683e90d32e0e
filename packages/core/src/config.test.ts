import { resolveTracing } from '@patron/trace';
import { describe, expect, test } from '@jest/globals';
import { type Config, resolveConfig } from './config.ts';
import { ConfigurationError } from './errors.ts';
import type { ServiceOptions } from './options.ts';

const run = async (): Promise<void> => undefined;

/** The problems that the options have; the compiler would find most of them, a program in JavaScript has none. */
function problemsOf(options: unknown, env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    resolveConfig(options as ServiceOptions, env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems;
  }
}

const resolve = (options: Partial<ServiceOptions> = {}, env: NodeJS.ProcessEnv = {}): Config =>
  resolveConfig({ name: 'test', ...options }, env);

test('a name is all that a service needs', () => {
  expect(resolve()).toEqual({
    name: 'test',
    version: 'dev',
    level: 'info',
    http: {
      handler: undefined,
      host: undefined,
      tls: undefined,
      port: 50_000,
      readTimeoutMs: 30_000,
      writeTimeoutMs: 60_000,
      keepAliveTimeoutMs: 75_000,
    },
    management: { port: undefined, host: undefined, debug: 'loopback', heapProfiling: false },
    tracing: resolveTracing({}, {}, {}, []), // exports nothing: tested where it is written
    metrics: {},
    metricsPush: undefined,
    blockedMs: undefined,
    components: [],
    resources: [],
    delayMs: 0,
    timeoutMs: 30_000,
  });
});

describe('options in code win over the environment, which wins over the defaults', () => {
  const env = {
    PATRON_HTTP_DEFAULT_PORT: '8080',
    PATRON_HTTP_READ_TIMEOUT: '1s',
    PATRON_HTTP_WRITE_TIMEOUT: '2s',
    PATRON_LOG_LEVEL: 'WARN',
    PATRON_SHUTDOWN_DELAY: '3s',
    PATRON_SHUTDOWN_TIMEOUT: '10s',
  };

  test('the environment', () => {
    expect(resolve({}, env)).toMatchObject({
      level: 'warn',
      http: { port: 8080, readTimeoutMs: 1000, writeTimeoutMs: 2000 },
      delayMs: 3000,
      timeoutMs: 10_000,
    });
  });

  test('the options', () => {
    const options: Partial<ServiceOptions> = {
      http: { port: 0, readTimeoutMs: 5, writeTimeoutMs: 6 },
      shutdown: { delayMs: 0, timeoutMs: 8 },
    };
    expect(resolve(options, env)).toMatchObject({ http: { port: 0, readTimeoutMs: 5, writeTimeoutMs: 6 }, delayMs: 0, timeoutMs: 8 });
  });
});

describe('the delay of the stop', () => {
  const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

  test.each<[string, Partial<ServiceOptions>, NodeJS.ProcessEnv, number]>([
    ['is none outside of Kubernetes', {}, {}, 0],
    ['is 5 s in a pod', {}, pod, 5000],
    ['can be switched off in a pod', {}, { ...pod, PATRON_SHUTDOWN_DELAY: '0s' }, 0],
    ['can be switched off in code', { shutdown: { delayMs: 0 } }, { ...pod, PATRON_SHUTDOWN_DELAY: '7s' }, 0],
    ['gives way to a short deadline where nobody asked for it', { shutdown: { timeoutMs: 3000 } }, pod, 1500],
  ])('%s', (_, options, env, delayMs) => {
    expect(resolve(options, env).delayMs).toBe(delayMs);
  });

  test('leaves time before the deadline, where it was asked for', () => {
    const problem = expect.stringContaining('the delay of the stop is 30000 ms and its deadline 30000 ms: nothing would be left');
    expect(problemsOf({ name: 'test' }, { PATRON_SHUTDOWN_DELAY: '30s' })).toEqual([problem]);
    expect(problemsOf({ name: 'test', shutdown: { delayMs: 30_000 } })).toEqual([problem]);
  });
});

describe('a bad option is named, with its value and what it takes', () => {
  const component = { name: 'a', run };
  const resource = { name: 'a', close: run };

  test.each<[object, string | RegExp]>([
    [{ name: undefined }, 'name is undefined: a service needs a name'],
    [{ name: '' }, 'name is "": a service needs a name'],
    [{ name: '  ' }, 'name is "  ": a service needs a name'],
    [{ name: 7 }, 'name is 7: a service needs a name'],
    [{ version: 7 }, 'version is 7: it takes a string'],
    [{ http: 'yes' }, 'http is "yes": it takes a request listener or options'],
    [{ http: { handler: {} } }, 'http.handler is an object: it takes a request listener'],
    [{ http: { port: 65_536 } }, 'http.port is 65536: it takes a port, 0 to 65535'],
    [{ http: { port: '80' } }, 'http.port is "80": it takes a port, 0 to 65535'],
    [{ http: { port: Number.NaN } }, 'http.port is NaN: it takes a port, 0 to 65535'],
    [{ http: { host: 7 } }, 'http.host is 7: it takes a name or an address'],
    [{ http: { host: '' } }, 'http.host is "": it takes a name or an address'],
    [{ http: { tls: { key: 'no key', cert: 'none' } } }, /^http\.tls can't be used: /],
    [{ http: { readTimeoutMs: 0 } }, 'http.readTimeoutMs is 0: it takes whole milliseconds, 1 to 2147483647'],
    [{ http: { readTimeoutMs: 1.5 } }, 'http.readTimeoutMs is 1.5: it takes whole milliseconds, 1 to 2147483647'],
    [{ http: { writeTimeoutMs: Infinity } }, 'http.writeTimeoutMs is Infinity: it takes whole milliseconds, 1 to 2147483647'],
    [{ http: { keepAliveTimeoutMs: '5s' } }, 'http.keepAliveTimeoutMs is "5s": it takes whole milliseconds, 1 to 2147483647'],
    [{ management: { port: -1 } }, 'management.port is -1: it takes a port, 0 to 65535'],
    [{ management: { host: 7 } }, 'management.host is 7: it takes a name or an address'],
    [{ management: { debug: 'on' } }, 'management.debug is "on": it takes loopback, all or off'],
    [{ management: { port: 50_000 } }, 'management.port is 50000, the port of http: leave it out to share that one'],
    [{ metrics: 'all' }, 'metrics is "all": it takes options'],
    [
      { metrics: { buckets: { a_seconds: [2, 1] } } },
      'metrics.buckets.a_seconds is [2, 1]: it takes finite numbers that ascend, one at least',
    ],
    [{ metrics: { maxSeries: 0 } }, 'metrics.maxSeries is 0: it takes a whole number from 1'],
    [{ components: {} }, 'components is an object: it takes a list'],
    [{ components: [null] }, /components\[0\] has the name undefined/],
    [{ components: [{ name: '', run }] }, 'components[0] has the name "": it takes a string that is not empty'],
    [{ components: [{ name: 'a' }] }, 'components[0] ("a") has no run()'],
    [{ components: [component, component] }, 'components[1] has the name "a", which is taken'],
    [{ components: [{ name: 'http', run }] }, 'components[0] has the name "http", which is taken'],
    [{ resources: [{ name: 'a' }] }, 'resources[0] ("a") has no close()'],
    [{ resources: [resource, resource] }, 'resources[1] has the name "a", which is taken'],
    [{ aliveCheck: true }, 'aliveCheck is true: it takes a function'],
    [{ readyCheck: 'yes' }, 'readyCheck is "yes": it takes a function'],
    [{ onHangup: {} }, 'onHangup is an object: it takes a function'],
    [{ logger: {} }, 'logger is an object: it takes a function'],
    [{ shutdown: { delayMs: -1 } }, 'shutdown.delayMs is -1: it takes whole milliseconds, 0 to 2147483647'],
    [{ shutdown: { timeoutMs: 0 } }, /shutdown\.timeoutMs is 0: it takes whole milliseconds/],
    [
      { http: Object.assign(() => undefined, { list: [{ method: 'GET', path: '/ready' }] }) },
      'route GET /ready stands on a management path: choose another',
    ],
    [
      { http: Object.assign(() => undefined, { list: [{ method: 'GET', path: '/ready/:probe?' }] }) },
      'route GET /ready/:probe? stands on a management path: choose another',
    ],
  ])('%j', (options, problem) => {
    const problems = problemsOf({ name: 'test', ...options });
    expect(problems[0]).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
  });

  test('a service without options', () => {
    expect(problemsOf(undefined)).toEqual(['its options are missing: { name, … }']);
  });

  test('management may take the same port on another address', () => {
    expect(problemsOf({ name: 'test', http: { host: '127.0.0.1', port: 8080 }, management: { host: '127.0.0.2', port: 8080 } })).toEqual(
      [],
    );
  });

  test('all at once, those of the environment too, in one error that a stranger can read', () => {
    const options = { name: 'orders', http: { port: -1 }, components: [{ name: 'a' }] } as unknown as ServiceOptions;
    const error = (): unknown => resolveConfig(options, { PATRON_LOG_LEVEL: 'loud', PATRON_SHUTDOWN_TIMEOUT: '30' });
    expect(error).toThrow(
      `service "orders" can't start: 4 problems
  - PATRON_LOG_LEVEL is "loud": it takes one of debug, info, warn, error, fatal, panic
  - PATRON_SHUTDOWN_TIMEOUT is "30": it takes a duration above 0s, up to 596h, such as 300ms or 1m30s
  - http.port is -1: it takes a port, 0 to 65535
  - components[0] ("a") has no run()`,
    );
    expect(error).toThrow(expect.objectContaining({ code: 'PATRON_CONFIGURATION_INVALID' }));
  });
});
