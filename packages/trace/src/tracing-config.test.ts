import { describe, expect, test } from '@jest/globals';
import { memorySpans } from './testing.ts';
import { resolveTracing } from './tracing-config.ts';
import type { JaegerVariables, TracingOptions } from './tracing-options.ts';

const resolve = (env: NodeJS.ProcessEnv = {}, jaeger: JaegerVariables = {}, options: TracingOptions = {}) => {
  const problems: string[] = [];
  return { ...resolveTracing(options, jaeger, env, problems), problems };
};

describe('where spans go', () => {
  test('nowhere, where nobody says', () => {
    expect(resolve()).toMatchObject({ exporter: { kind: 'none' }, exporterFrom: undefined, problems: [] });
  });

  test('to the host of PATRON_JAEGER_AGENT_HOST, by OTLP over HTTP on port 4318', () => {
    expect(resolve({}, { host: 'jaeger' }).exporter).toMatchObject({ protocol: 'http/protobuf', url: 'http://jaeger:4318/v1/traces' });
    expect(resolve({}, { host: '::1', port: 9 }).exporter).toMatchObject({ url: 'http://[::1]:9/v1/traces' });
  });

  test('to OTEL_EXPORTER_OTLP_ENDPOINT, which wins; the one for traces wins over both', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret@collector:4318' };
    const general = resolve(env, { host: 'jaeger' });
    // The exporter reads the variable itself, its path and its headers; what is shown has no password.
    expect(general).toMatchObject({
      exporter: { url: undefined, shown: 'http://collector:4318/' },
      exporterFrom: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    });
    const traces = resolve({ ...env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces/x' });
    expect(traces).toMatchObject({ exporter: { shown: 'https://traces/x' }, exporterFrom: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' });
  });

  test('by the protocol of OTEL_EXPORTER_OTLP_PROTOCOL, that of the traces first', () => {
    const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(resolve(grpc, { host: 'jaeger' }).exporter).toMatchObject({ protocol: 'grpc', url: 'http://jaeger:4317' });
    expect(resolve({ ...grpc, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }, { host: 'jaeger' }).exporter).toMatchObject({
      protocol: 'http/json',
    });
  });

  test('to the usual place, where OTEL_TRACES_EXPORTER is otlp and nothing says where; to the console; or nowhere', () => {
    expect(resolve({ OTEL_TRACES_EXPORTER: 'otlp' }).exporter).toMatchObject({ kind: 'otlp', shown: 'http://localhost:4318' });
    expect(resolve({ OTEL_TRACES_EXPORTER: 'console' }).exporter).toEqual({ kind: 'console' });
    expect(resolve({ OTEL_TRACES_EXPORTER: 'none' }, { host: 'jaeger' }).exporter).toEqual({ kind: 'none' });
    expect(resolve({ OTEL_SDK_DISABLED: 'TRUE' }, { host: 'jaeger' })).toMatchObject({
      exporter: { kind: 'none' },
      exporterFrom: 'OTEL_SDK_DISABLED',
    });
  });

  test('to the exporter in code, whatever the environment says', () => {
    const exporter = memorySpans();
    expect(resolve({ OTEL_SDK_DISABLED: 'true' }, { host: 'jaeger' }, { exporter }).exporter).toEqual({ kind: 'given', exporter });
  });
});

describe('which traces are recorded', () => {
  test('none that begins here, where nobody says; a caller’s decision is followed', () => {
    expect(resolve().sampler).toMatchObject({ type: 'probabilistic', param: 0, followsParent: true, from: undefined });
  });

  test('as PATRON_JAEGER_SAMPLER_* say; OTEL_EXPORTER_* change nothing about that', () => {
    const jaeger = { host: 'jaeger', samplerType: 'const', samplerParam: 1 } as const;
    expect(resolve({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, jaeger).sampler).toMatchObject({
      type: 'const',
      param: 1,
      from: 'PATRON_JAEGER_SAMPLER_TYPE',
    });
    expect(resolve({}, { samplerParam: 0.5 }).sampler).toMatchObject({
      type: 'probabilistic',
      param: 0.5,
      from: 'PATRON_JAEGER_SAMPLER_PARAM',
    });
    expect(resolve({}, { host: 'jaeger', samplerType: 'remote' }).sampler.endpoint).toBe('http://jaeger:5778/sampling');
  });

  test.each([
    ['always_on', undefined, { type: 'const', param: 1, followsParent: false }],
    ['always_off', undefined, { type: 'const', param: 0, followsParent: false }],
    ['traceidratio', '0.25', { type: 'probabilistic', param: 0.25, followsParent: false }],
    ['traceidratio', undefined, { type: 'probabilistic', param: 1, followsParent: false }],
    ['parentbased_always_on', undefined, { type: 'const', param: 1, followsParent: true }],
    ['parentbased_always_off', undefined, { type: 'const', param: 0, followsParent: true }],
    ['parentbased_traceidratio', '0.5', { type: 'probabilistic', param: 0.5, followsParent: true }],
    [
      'parentbased_jaeger_remote',
      'endpoint=http://j:5778/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25',
      { type: 'remote', param: 0.25, endpoint: 'http://j:5778/sampling', pollMs: 5000, followsParent: true },
    ],
    ['jaeger_remote', undefined, { type: 'remote', endpoint: 'http://localhost:5778/sampling', pollMs: 60_000, followsParent: false }],
  ])('as OTEL_TRACES_SAMPLER=%s with the argument %s says, over PATRON_JAEGER_*', (name, argument, expected) => {
    const { sampler, problems } = resolve(
      { OTEL_TRACES_SAMPLER: name, ...(argument !== undefined && { OTEL_TRACES_SAMPLER_ARG: argument }) },
      { samplerType: 'ratelimiting', samplerParam: 9 },
    );
    expect(problems).toEqual([]);
    expect(sampler).toMatchObject({ ...expected, from: 'OTEL_TRACES_SAMPLER' });
  });

  test('as the option in code says, over all of them', () => {
    const sampler = { type: 'ratelimiting', param: 5 } as const;
    expect(resolve({ OTEL_TRACES_SAMPLER: 'always_on' }, {}, { sampler }).sampler).toMatchObject({
      ...sampler,
      from: 'option tracing.sampler',
    });
  });
});

test('the queue and the limits are those of OTEL_BSP_* and OTEL_SPAN_*; a batch is never larger than the queue', () => {
  const { queue, limits, problems } = resolve({
    OTEL_BSP_MAX_QUEUE_SIZE: '100',
    OTEL_BSP_SCHEDULE_DELAY: '10',
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '7',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '50',
    OTEL_SPAN_EVENT_COUNT_LIMIT: '8',
    OTEL_SPAN_LINK_COUNT_LIMIT: '9',
  });
  expect(queue).toEqual({ maxQueueSize: 100, maxBatchSize: 100, delayMs: 10 });
  expect(limits).toEqual({ attributes: 7, valueLength: 50, events: 8, links: 9 });
  expect(problems).toEqual([]);
});

test('resources come from OTEL_RESOURCE_ATTRIBUTES, percent-decoded; OTEL_SERVICE_NAME and the option win', () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a, team=check%20out ,zone=b', OTEL_SERVICE_NAME: 'shop' };
  expect(resolve(env, {}, { resource: { zone: 'c' } }).resource).toEqual({ 'service.name': 'shop', team: 'check out', zone: 'c' });
});

test('an empty variable counts as not set', () => {
  const names = [
    'OTEL_TRACES_EXPORTER',
    'OTEL_TRACES_SAMPLER',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_BSP_MAX_QUEUE_SIZE',
    'OTEL_RESOURCE_ATTRIBUTES',
  ];
  expect(resolve(Object.fromEntries(names.map((name) => [name, ' '])))).toEqual(resolve());
});

test('everything that is wrong is named at once, with its value', () => {
  const env = {
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'udp',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
    OTEL_TRACES_SAMPLER: 'sometimes',
    OTEL_BSP_MAX_QUEUE_SIZE: '0',
    OTEL_BSP_SCHEDULE_DELAY: '5s',
    OTEL_RESOURCE_ATTRIBUTES: 'team',
  };
  expect(resolve(env).problems).toEqual([
    'OTEL_TRACES_EXPORTER is "zipkin": it takes one of otlp, console, none',
    'OTEL_EXPORTER_OTLP_PROTOCOL is "udp": it takes one of http/protobuf, http/json, grpc',
    'OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4318": it takes an http or https URL',
    'OTEL_BSP_MAX_QUEUE_SIZE is "0": it takes a whole number from 1',
    'OTEL_TRACES_SAMPLER is "sometimes": it takes one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio, jaeger_remote, parentbased_jaeger_remote',
    'OTEL_RESOURCE_ATTRIBUTES is "team": it takes pairs such as team=checkout,deployment.environment.name=prod',
    'OTEL_BSP_SCHEDULE_DELAY is "5s": it takes a whole number from 0',
  ]);
});

test.each([
  [{ samplerType: 'const', samplerParam: 0.5 }, 'PATRON_JAEGER_SAMPLER_PARAM is "0.5": a const sampler takes 0 or 1'],
  [
    { samplerType: 'probabilistic', samplerParam: 1.5 },
    'PATRON_JAEGER_SAMPLER_PARAM is "1.5": a probabilistic sampler takes a share from 0 to 1',
  ],
  [{ samplerType: 'remote', samplerParam: 2 }, 'PATRON_JAEGER_SAMPLER_PARAM is "2": a remote sampler takes a share from 0 to 1'],
] as const)('a param that does not fit its sampler is refused: %j', (jaeger, problem) => {
  expect(resolve({}, jaeger).problems).toEqual([problem]);
});

test.each([
  [{ type: 'sometimes' }, 'tracing.sampler.type is "sometimes": it takes one of const, probabilistic, ratelimiting, remote'],
  [{ type: 'ratelimiting', param: -1 }, 'tracing.sampler.param is -1: a ratelimiting sampler takes traces per second, from 0'],
  [{ type: 'remote', endpoint: 'jaeger' }, 'tracing.sampler.endpoint is "jaeger": it takes an http URL'],
  [{ type: 'remote', pollMs: 0 }, 'tracing.sampler.pollMs is 0: it takes whole milliseconds, 1 to 2147483647'],
])('an option that cannot be used is named: %j', (sampler, problem) => {
  expect(resolve({}, {}, { sampler } as TracingOptions).problems).toEqual([problem]);
});

test.each(['0.5.5', '2', '-1', 'half'])('OTEL_TRACES_SAMPLER_ARG=%s is refused for a share', (argument) => {
  const { problems } = resolve({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: argument });
  expect(problems).toEqual([`OTEL_TRACES_SAMPLER_ARG is "${argument}": a probabilistic sampler takes a share from 0 to 1`]);
});

test.each(['endpoint=jaeger', 'pollingIntervalMs=0', 'initialSamplingRate=7'])(
  'OTEL_TRACES_SAMPLER_ARG=%s is refused for jaeger_remote',
  (argument) => {
    const { problems } = resolve({ OTEL_TRACES_SAMPLER: 'jaeger_remote', OTEL_TRACES_SAMPLER_ARG: argument });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(argument);
  },
);
