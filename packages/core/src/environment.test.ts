import { describe, expect, test } from '@jest/globals';
import { type Environment, environmentTable, readEnvironment } from './environment.ts';

type Key = keyof typeof environmentTable;

const table: { key: Key; good: [string, unknown][]; bad: string[] }[] = [
  {
    key: 'port',
    good: [
      ['0', 0],
      ['1', 1],
      ['8080', 8080],
      ['65535', 65_535],
    ],
    bad: ['65536', '-1', '8080.5', '8e3', '0x50', 'http', ' 80', '080000', '99999'],
  },
  {
    key: 'readTimeoutMs',
    good: [
      ['30s', 30_000],
      ['1ns', 1],
      ['1.1s', 1100],
      ['596h', 2_145_600_000],
    ],
    bad: ['0', '0s', '-1s', '30', '597h', 'never'],
  },
  {
    key: 'writeTimeoutMs',
    good: [
      ['1m30s', 90_000],
      ['250us', 1],
    ],
    bad: ['0', '60', '-60s', '1h1', '99999999h'],
  },
  {
    key: 'logLevel',
    good: [
      ['debug', 'debug'],
      ['INFO', 'info'],
      ['Warn', 'warn'],
      ['error', 'error'],
      ['fatal', 'fatal'],
      ['panic', 'panic'],
    ],
    bad: ['verbose', 'warning', '0'],
  },
  {
    key: 'jaegerHost',
    good: [
      ['jaeger', 'jaeger'],
      ['jaeger.tracing.svc.cluster.local', 'jaeger.tracing.svc.cluster.local'],
      ['10.0.0.7', '10.0.0.7'],
      ['::1', '::1'],
    ],
    bad: ['http://jaeger', 'jaeger:4318', 'a b', 'jaeger/path'],
  },
  {
    key: 'jaegerPort',
    good: [
      ['4318', 4318],
      ['1', 1],
      ['65535', 65_535],
    ],
    bad: ['0', '65536', 'otlp', '-1', '4318.0'],
  },
  {
    key: 'samplerType',
    good: [
      ['const', 'const'],
      ['Probabilistic', 'probabilistic'],
      ['ratelimiting', 'ratelimiting'],
      ['REMOTE', 'remote'],
    ],
    bad: ['always', 'rate-limiting', '1'],
  },
  {
    key: 'samplerParam',
    good: [
      ['0.0', 0],
      ['1', 1],
      ['.25', 0.25],
      ['1e-3', 0.001],
      ['100', 100],
    ],
    bad: ['-0.1', 'half', '0,5', 'NaN', 'Infinity', '0x1'],
  },
  {
    key: 'statusErrorLogging',
    good: [
      ['409', new Set([409])],
      ['409;[500,502)', new Set([409, 500, 501])],
    ],
    bad: ['409,500', '[500,600', '4xx', '99'],
  },
  {
    key: 'shutdownDelayMs',
    good: [
      ['0', 0],
      ['0s', 0],
      ['300ms', 300],
      ['1us', 1],
    ],
    bad: ['5', '-5s', 'soon', '597h'],
  },
  {
    key: 'shutdownTimeoutMs',
    good: [
      ['30s', 30_000],
      ['2m', 120_000],
    ],
    bad: ['0', '0s', '30', '-30s'],
  },
];

describe.each(table)('$key', ({ key, good, bad }) => {
  const { name, accepts } = environmentTable[key];

  test.each([[{}], [{ [name]: '' }]])('not set: %j', (env) => {
    const problems: string[] = [];
    expect(readEnvironment(env, problems)[key]).toBeUndefined();
    expect(problems).toEqual([]);
  });

  test.each(good)('%s is taken', (text, value) => {
    const problems: string[] = [];
    expect(readEnvironment({ [name]: text }, problems)[key]).toEqual(value);
    expect(problems).toEqual([]);
  });

  test.each(bad)('%s is refused with the variable, the value and what it takes', (text) => {
    const problems: string[] = [];
    readEnvironment({ [name]: text }, problems);
    expect(problems).toEqual([`${name} is ${JSON.stringify(text)}: it takes ${accepts}`]);
  });
});

test('every variable has a test here', () => {
  expect(table.map(({ key }) => key).sort()).toEqual(Object.keys(environmentTable).sort());
});

test('all that is wrong is reported at once, and long values are cut', () => {
  const problems: string[] = [];
  const env = Object.fromEntries(Object.values(environmentTable).map(({ name }) => [name, '?'.repeat(1000)]));
  readEnvironment(env, problems);
  expect(problems).toHaveLength(Object.keys(environmentTable).length);
  for (const problem of problems) expect(problem.length).toBeLessThan(250);
});

test.each<[NodeJS.ProcessEnv, boolean]>([
  [{}, false],
  [{ KUBERNETES_SERVICE_HOST: '' }, false],
  [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, true],
])('a pod is known by %j', (env, kubernetes) => {
  expect(readEnvironment(env, []) satisfies Environment).toMatchObject({ kubernetes });
});

test('the port of the UDP agent that Jaeger has removed is answered with what to do', () => {
  const problems: string[] = [];
  readEnvironment({ PATRON_JAEGER_AGENT_PORT: '6831' }, problems);
  expect(problems).toEqual([
    'PATRON_JAEGER_AGENT_PORT is "6831": that was the UDP port of the Jaeger agent, which Jaeger has removed; spans go by OTLP over HTTP, port 4318: leave the variable out',
  ]);
});
