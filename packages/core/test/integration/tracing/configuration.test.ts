import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Installation } from '../../support/one-package-less.ts';
import { openBadCollector } from '../../support/otlp/bad-collector.ts';
import { OtlpReceiver } from '../../support/otlp/receiver.ts';
import { endAll, ServiceProcess } from '../../support/service-process.ts';

type Env = Record<string, string>;

const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const JSON_OVER_HTTP = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
const ALL = { PATRON_JAEGER_SAMPLER_TYPE: 'const', PATRON_JAEGER_SAMPLER_PARAM: '1' };

let receiver: OtlpReceiver;
let other: OtlpReceiver;
beforeEach(async () => {
  receiver = await OtlpReceiver.open();
  other = await OtlpReceiver.open();
});
afterEach(async () => {
  await endAll();
  await receiver.close();
  await other.close();
});

/** The agent of `PATRON_JAEGER_*`. */
const agent = (of: OtlpReceiver): Env => ({ PATRON_JAEGER_AGENT_HOST: '127.0.0.1', PATRON_JAEGER_AGENT_PORT: String(of.port) });

interface Served {
  service: ServiceProcess;
  /** What the line `tracing` says; undefined where there is none. */
  tracing: Record<string, unknown> | undefined;
}

/** Starts a service, asks it twice, once by a caller who has sampled the trace, and stops it. */
async function serve(env: Env): Promise<Served> {
  const service = new ServiceProcess('recorded.mjs', [], { PATRON_HTTP_DEFAULT_PORT: '0', ...env });
  const url = `http://127.0.0.1:${await service.port()}/`;
  expect((await fetch(url)).status).toBe(200);
  expect((await fetch(url, { headers: { traceparent: SAMPLED } })).status).toBe(200);
  service.kill('SIGINT'); // which waits for no balancer
  const { code } = await service.ended();
  expect({ code, errors: service.errors() }).toEqual({ code: 0, errors: [] });
  const line = service.lines.find(({ msg }) => msg === 'tracing');
  if (line === undefined) return { service, tracing: undefined };
  const { spans, context, exporter, exporterFrom, sampler, samplerFrom } = line;
  return { service, tracing: { spans, context, exporter, exporterFrom, sampler, samplerFrom } };
}

/** Which of the two requests was recorded, as the receiver knows it. */
const recorded = (of: OtlpReceiver): string[] =>
  of.spans.map(({ parentSpanId }) => (parentSpanId === '' ? 'its own' : 'the caller’s')).sort();
const BOTH = ['its own', 'the caller’s'];

describe('where spans go', () => {
  test('nowhere, where nobody says; and there is no line about it', async () => {
    const { service, tracing } = await serve({});
    expect(tracing).toBeUndefined();
    expect(service.messages()).not.toContain('stop: telemetry flushed');
    expect(service.lines.find(({ msg }) => msg === 'spans')).toMatchObject({ exported: 0, dropped: {} });
  });

  test('to the agent of PATRON_JAEGER_AGENT_HOST and _PORT', async () => {
    const { tracing } = await serve({ ...agent(receiver), ...JSON_OVER_HTTP, ...ALL });
    expect(tracing).toEqual({
      spans: 'patron',
      context: 'patron',
      exporter: `http/json to ${receiver.url}/v1/traces`,
      exporterFrom: 'PATRON_JAEGER_AGENT_HOST',
      sampler: 'const 1',
      samplerFrom: 'PATRON_JAEGER_SAMPLER_TYPE',
    });
    expect(recorded(receiver)).toEqual(BOTH);
    expect(new Set(receiver.requests.map(({ path }) => path))).toEqual(new Set(['/v1/traces']));
  });

  test('to OTEL_EXPORTER_OTLP_ENDPOINT and not to the agent', async () => {
    const { tracing } = await serve({ ...agent(other), OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...JSON_OVER_HTTP, ...ALL });
    expect(tracing).toMatchObject({ exporter: `http/json to ${receiver.url}/`, exporterFrom: 'OTEL_EXPORTER_OTLP_ENDPOINT' });
    expect([recorded(receiver), recorded(other)]).toEqual([BOTH, []]);
    expect(receiver.requests[0]?.path).toBe('/v1/traces');
  });

  test('to OTEL_EXPORTER_OTLP_TRACES_ENDPOINT as it stands, before the general one', async () => {
    const { tracing } = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: other.url,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/ingest/spans`,
      ...JSON_OVER_HTTP,
      ...ALL,
    });
    expect(tracing).toMatchObject({ exporterFrom: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' });
    expect([recorded(receiver), recorded(other)]).toEqual([BOTH, []]);
    expect(receiver.requests[0]?.path).toBe('/ingest/spans');
  });

  test.each<[Env, string]>([
    [{ OTEL_SDK_DISABLED: 'true' }, 'OTEL_SDK_DISABLED'],
    [{ OTEL_TRACES_EXPORTER: 'none' }, 'OTEL_TRACES_EXPORTER'],
  ])('nowhere with %j, and the line says so', async (env, from) => {
    const { tracing } = await serve({ ...agent(receiver), ...JSON_OVER_HTTP, ...ALL, ...env });
    expect(tracing).toMatchObject({ spans: 'off', exporter: 'none', exporterFrom: from });
    expect(receiver.requests).toEqual([]);
  });

  test('to the output with OTEL_TRACES_EXPORTER=console', async () => {
    const { service, tracing } = await serve({ OTEL_TRACES_EXPORTER: 'console', ...ALL });
    expect(tracing).toMatchObject({ exporter: 'console', exporterFrom: 'OTEL_TRACES_EXPORTER' });
    expect(service.stdout).toContain("name: 'GET'");
    expect(service.stdout).toContain("'url.path': '/'");
  });

  test('to the usual place with OTEL_TRACES_EXPORTER=otlp', async () => {
    const { tracing } = await serve({ OTEL_TRACES_EXPORTER: 'otlp' });
    expect(tracing).toMatchObject({ exporter: 'http/protobuf to http://localhost:4318', exporterFrom: 'OTEL_TRACES_EXPORTER' });
  });

  test('an empty variable counts as not set', async () => {
    const empty = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: '', OTEL_TRACES_SAMPLER: '', OTEL_SDK_DISABLED: '' };
    const { tracing } = await serve({ ...agent(receiver), ...JSON_OVER_HTTP, ...ALL, ...empty });
    expect(tracing).toMatchObject({ exporterFrom: 'PATRON_JAEGER_AGENT_HOST', samplerFrom: 'PATRON_JAEGER_SAMPLER_TYPE' });
    expect(recorded(receiver)).toEqual(BOTH);
  });

  test('with the headers and the compression that OTEL_EXPORTER_OTLP_* say, those for traces first', async () => {
    await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      ...JSON_OVER_HTTP,
      ...ALL,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=general,tenant=a%20b',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=s3cret',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    });
    expect(receiver.requests[0]?.headers).toMatchObject({ 'api-key': 's3cret', tenant: 'a b', 'content-encoding': 'gzip' });
    expect(recorded(receiver)).toEqual(BOTH);
  });

  test.each(['OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'])('within %s', async (name) => {
    const collector = await openBadCollector('stalled');
    const { service } = await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`, ...ALL, [name]: '300' });
    await collector.close();
    expect(await service.line('spans are lost')).toMatchObject({
      problem: expect.stringContaining('was not delivered within 300 ms') as unknown,
    });
  });
});

describe('which traces are recorded', () => {
  const exported = (): Env => ({ ...agent(receiver), ...JSON_OVER_HTTP });

  test.each<[string, Env, string[], { sampler: string; samplerFrom: string }]>([
    ['without a word: the caller’s only', {}, ['the caller’s'], { sampler: 'probabilistic 0', samplerFrom: 'default' }],
    [
      'PATRON_JAEGER_SAMPLER_PARAM is a share',
      { PATRON_JAEGER_SAMPLER_PARAM: '1.0' },
      BOTH,
      { sampler: 'probabilistic 1', samplerFrom: 'PATRON_JAEGER_SAMPLER_PARAM' },
    ],
    [
      'PATRON_JAEGER_SAMPLER_TYPE=const with 0: the caller’s only',
      { PATRON_JAEGER_SAMPLER_TYPE: 'const', PATRON_JAEGER_SAMPLER_PARAM: '0' },
      ['the caller’s'],
      { sampler: 'const 0', samplerFrom: 'PATRON_JAEGER_SAMPLER_TYPE' },
    ],
    [
      'PATRON_JAEGER_SAMPLER_TYPE=ratelimiting',
      { PATRON_JAEGER_SAMPLER_TYPE: 'ratelimiting', PATRON_JAEGER_SAMPLER_PARAM: '5' },
      BOTH,
      { sampler: 'ratelimiting 5/s', samplerFrom: 'PATRON_JAEGER_SAMPLER_TYPE' },
    ],
    [
      'OTEL_TRACES_SAMPLER=always_off wins, over the caller too',
      { ...ALL, OTEL_TRACES_SAMPLER: 'always_off' },
      [],
      { sampler: 'const 0, whatever the caller decided', samplerFrom: 'OTEL_TRACES_SAMPLER' },
    ],
    [
      'OTEL_TRACES_SAMPLER=parentbased_always_off leaves the caller’s',
      { ...ALL, OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
      ['the caller’s'],
      { sampler: 'const 0', samplerFrom: 'OTEL_TRACES_SAMPLER' },
    ],
    [
      'OTEL_TRACES_SAMPLER=traceidratio takes its argument',
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' },
      BOTH,
      { sampler: 'probabilistic 1, whatever the caller decided', samplerFrom: 'OTEL_TRACES_SAMPLER' },
    ],
    [
      'an argument without OTEL_TRACES_SAMPLER replaces nothing',
      { ...ALL, OTEL_TRACES_SAMPLER_ARG: '0' },
      BOTH,
      { sampler: 'const 1', samplerFrom: 'PATRON_JAEGER_SAMPLER_TYPE' },
    ],
    [
      'no other variable of OpenTelemetry replaces patron’s sampler',
      { ...ALL, OTEL_SERVICE_NAME: 'x', OTEL_BSP_SCHEDULE_DELAY: '10', OTEL_PROPAGATORS: 'b3', OTEL_EXPORTER_OTLP_TIMEOUT: '5000' },
      BOTH,
      { sampler: 'const 1', samplerFrom: 'PATRON_JAEGER_SAMPLER_TYPE' },
    ],
    [
      'the option in code wins over all',
      { ...ALL, OTEL_TRACES_SAMPLER: 'always_on', TRACING: '{"sampler":{"type":"const","param":0}}' },
      ['the caller’s'],
      { sampler: 'const 0', samplerFrom: 'option tracing.sampler' },
    ],
  ])('%s', async (_, env, spans, line) => {
    const { tracing } = await serve({ ...exported(), ...env });
    expect(recorded(receiver)).toEqual(spans);
    expect(tracing).toMatchObject(line);
  });

  test('a sampler without an exporter is a wish that the line answers', async () => {
    const { tracing } = await serve(ALL);
    expect(tracing).toMatchObject({ spans: 'off', exporter: 'none', samplerFrom: 'PATRON_JAEGER_SAMPLER_TYPE' });
    expect(tracing?.['exporterFrom']).toContain('set PATRON_JAEGER_AGENT_HOST');
  });

  test('PATRON_JAEGER_SAMPLER_TYPE=remote asks the agent’s host', async () => {
    const { tracing } = await serve({ ...exported(), PATRON_JAEGER_SAMPLER_TYPE: 'remote', PATRON_JAEGER_SAMPLER_PARAM: '1' });
    expect(tracing).toMatchObject({ sampler: 'remote (http://127.0.0.1:5778/sampling), now probabilistic 1' });
    expect(recorded(receiver)).toEqual(BOTH); // nobody answers there: the share to begin with
  });
});

describe('what spans tell', () => {
  test('the resource of OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME', async () => {
    await serve({
      ...agent(receiver),
      ...JSON_OVER_HTTP,
      ...ALL,
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=check%20out,deployment.environment.name=prod',
      OTEL_SERVICE_NAME: 'shop',
      TRACING: '{"resource":{"team":"code"}}',
    });
    expect(receiver.spans[0]?.resource).toMatchObject({
      'service.name': 'shop',
      'service.version': 'dev',
      team: 'code',
      'deployment.environment.name': 'prod',
    });
  });

  test('no more than OTEL_SPAN_* allow', async () => {
    await serve({
      ...agent(receiver),
      ...JSON_OVER_HTTP,
      ...ALL,
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
    });
    expect(receiver.spans).toHaveLength(2);
    for (const { attributes } of receiver.spans) {
      expect(Object.keys(attributes)).toHaveLength(2);
      for (const value of Object.values(attributes)) expect(String(value).length).toBeLessThanOrEqual(3);
    }
  });

  test('what does not fit into a queue of OTEL_BSP_MAX_QUEUE_SIZE is dropped, and batches are OTEL_BSP_MAX_EXPORT_BATCH_SIZE', async () => {
    const service = new ServiceProcess('recorded.mjs', [], {
      PATRON_HTTP_DEFAULT_PORT: '0',
      ...agent(receiver),
      ...JSON_OVER_HTTP,
      ...ALL,
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    });
    await fetch(`http://127.0.0.1:${await service.port()}/burst?spans=1000`);
    service.kill('SIGTERM');
    await service.ended();
    const counts = service.lines.find(({ msg }) => msg === 'spans');
    const exported = Number(counts?.['exported']);
    expect(counts).toMatchObject({ ended: 1001, dropped: { queue_full: 1001 - exported } });
    expect([100, 101]).toContain(exported); // the request's own span ends later, when there may be room
    expect(receiver.requests.length).toBeGreaterThanOrEqual(10);
  });
});

describe('a start that can’t be', () => {
  /** @returns what it says on stderr: all of it, line by line */
  async function fails(env: Env, program = 'recorded.mjs'): Promise<{ code: number | null; text: string; errors: unknown[] }> {
    const service = new ServiceProcess(program, [], { PATRON_HTTP_DEFAULT_PORT: '0', ...env });
    const { code } = await service.ended();
    return { code, text: service.text.join('\n'), errors: service.errors() };
  }

  test('names every bad value at once, whoever reads the variable', async () => {
    const { code, text } = await fails({
      PATRON_JAEGER_AGENT_HOST: 'http://jaeger:4318',
      PATRON_JAEGER_AGENT_PORT: '6831',
      PATRON_JAEGER_SAMPLER_TYPE: 'sometimes',
      PATRON_JAEGER_SAMPLER_PARAM: 'half',
      PATRON_LOG_LEVEL: 'loud',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'udp',
      OTEL_TRACES_SAMPLER: 'perhaps',
      OTEL_BSP_MAX_QUEUE_SIZE: 'many',
      OTEL_RESOURCE_ATTRIBUTES: 'team',
    });
    expect(code).toBe(1);
    expect(text).toContain('service "recorded" can\'t start: 10 problems');
    for (const problem of [
      'PATRON_JAEGER_AGENT_HOST is "http://jaeger:4318": it takes a host name or an address, without scheme and port',
      'PATRON_JAEGER_AGENT_PORT is "6831": that was the UDP port of the Jaeger agent',
      'PATRON_JAEGER_SAMPLER_TYPE is "sometimes"',
      'PATRON_JAEGER_SAMPLER_PARAM is "half"',
      'PATRON_LOG_LEVEL is "loud"',
      'OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4318"',
      'OTEL_EXPORTER_OTLP_PROTOCOL is "udp"',
      'OTEL_TRACES_SAMPLER is "perhaps"',
      'OTEL_BSP_MAX_QUEUE_SIZE is "many"',
      'OTEL_RESOURCE_ATTRIBUTES is "team"',
    ]) {
      expect(text).toContain(`  - ${problem}`);
    }
  });

  describe('without @opentelemetry/sdk-node', () => {
    const installation = new Installation();
    const program = installation.program('recorded.mjs');
    afterAll(() => installation.remove());

    test.each<[Env, string]>([
      [{ PATRON_JAEGER_AGENT_HOST: '127.0.0.1' }, 'PATRON_JAEGER_AGENT_HOST'],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
      [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'OTEL_TRACES_EXPORTER'],
      [{ OTEL_TRACES_EXPORTER: 'console' }, 'OTEL_TRACES_EXPORTER'],
    ])('%j ends with one error that says who wants it and what to type', async (env, from) => {
      const { code, errors } = await fails(env, program);
      expect(code).toBe(1);
      expect(errors).toMatchObject([
        {
          code: 'PATRON_OTLP_MISSING',
          msg: `${from} asks for telemetry to be exported, and @opentelemetry/sdk-node, which does that, is not installed: npm install @opentelemetry/sdk-node@0.223`,
        },
        { msg: 'stopped after a failure' },
      ]);
    });

    test('a service that exports nothing starts, whatever it samples', async () => {
      const service = new ServiceProcess(program, [], { PATRON_HTTP_DEFAULT_PORT: '0', ...ALL });
      await service.line('service ready');
      service.kill('SIGTERM');
      expect(await service.ended()).toMatchObject({ code: 0 });
    });
  });
});
