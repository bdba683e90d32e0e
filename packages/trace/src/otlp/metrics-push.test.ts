import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setup as setupLog } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import prom from 'prom-client';
import { WireMessage } from '../../test/support/wire.ts';
import { Registry } from '../metrics/registry.ts';
import { openMetricExporter } from '../otlp.ts';
import { createResource } from '../resource.ts';
import type { ResourceMetrics } from './metrics-data.ts';
import { type MetricExporter, MetricsPush } from './metrics-push.ts';

const memory = memoryLog();
setupLog(memory);

interface Point {
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  asDouble?: number;
  startTimeUnixNano: string;
  timeUnixNano: string;
  [key: string]: unknown;
}

interface Body {
  resourceMetrics: { resource: unknown; scopeMetrics: { metrics: Record<string, unknown>[] }[] }[];
}

let server: Server;
let received: { path: string; type: string; bytes: Buffer }[];
let status: number;
let answer: string;

beforeEach(async () => {
  memory.clear();
  received = [];
  status = 200;
  answer = '{}';
  server = createServer(async (request: IncomingMessage, response) => {
    received.push({
      path: request.url ?? '',
      type: request.headers['content-type'] ?? '',
      bytes: Buffer.concat(await request.toArray()),
    });
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${port}`;
});
afterEach(() => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  server.close();
  server.closeAllConnections();
});

const open = (protocol: 'http/json' | 'http/protobuf' = 'http/json'): Promise<MetricExporter> =>
  openMetricExporter({ protocol, ...times, from: 'this test' });

const times = { intervalMs: 60_000, timeoutMs: 30_000 };

const resource = createResource({ name: 'shop', version: '1' }, {});

/** A registry with something to tell. */
function small(): Registry {
  const registry = new Registry();
  registry.gauge({ name: 'depth', help: 'D.' }).set(1);
  return registry;
}

const bodies = (): Body[] => received.map(({ bytes }) => JSON.parse(bytes.toString()) as Body);
const metricsOf = (body: Body | undefined): Record<string, unknown>[] => body?.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [];

function metric(name: string): Record<string, unknown> {
  const all = metricsOf(bodies().at(-1));
  const found = all.find((one) => one['name'] === name);
  if (found === undefined) throw new Error(`no ${name} among ${all.map((one) => String(one['name'])).join(', ')}`);
  return found;
}

function duration(registry: Registry): void {
  const otel = { name: 'http.server.request.duration', unit: 's', attributes: ['http.route', 'http.response.status_code', 'error.type'] };
  const labels = ['http_route', 'http_response_status_code', 'error_type'] as const;
  const histogram = registry.histogram({ name: 'h_seconds', help: 'H.', labels, buckets: [1, 2], otel });
  const series = histogram.labels({ http_route: '/', http_response_status_code: '200', error_type: '' });
  for (const seconds of [0.5, 1.5, 9]) series.observe(seconds);
}

describe('the same instruments arrive by OTLP', () => {
  test('cumulated, under the names of the conventions', async () => {
    const registry = new Registry();
    duration(registry);
    registry
      .counter({ name: 'orders_total', help: 'Orders.', labels: ['channel'] })
      .labels({ channel: 'web' })
      .inc(3);
    registry.gauge({ name: 'size_bytes', help: 'Size.' }, async (gauge) => {
      await nextTurn();
      gauge.set(7);
    });
    const push = new MetricsPush(registry, resource, await open(), times);
    await push.push();
    await push.close();

    expect(received.map(({ path, type }) => [path, type])).toEqual([
      ['/v1/metrics', 'application/json'],
      ['/v1/metrics', 'application/json'],
    ]);
    expect(JSON.stringify(bodies()[0]?.resourceMetrics[0]?.resource)).toContain('"shop"');
    const { dataPoints, aggregationTemporality } = metric('http.server.request.duration')['histogram'] as {
      dataPoints: Point[];
      aggregationTemporality: number;
    };
    expect([aggregationTemporality, metric('http.server.request.duration')['unit']]).toEqual([2, 's']);
    expect(dataPoints).toEqual([
      expect.objectContaining({
        attributes: [
          { key: 'http.route', value: { stringValue: '/' } },
          { key: 'http.response.status_code', value: { intValue: 200 } },
        ],
        count: 3,
        sum: 11,
        explicitBounds: [1, 2],
        bucketCounts: [1, 1, 1],
      }),
    ]);
    const sum = metric('orders_total')['sum'] as { dataPoints: Point[]; isMonotonic: boolean };
    expect([sum.isMonotonic, sum.dataPoints[0]?.asDouble]).toEqual([true, 3]);
    expect(BigInt(sum.dataPoints[0]?.startTimeUnixNano ?? 0)).toBeLessThan(BigInt(sum.dataPoints[0]?.timeUnixNano ?? 0));
    expect(metric('size_bytes')).toMatchObject({ unit: 'By', gauge: { dataPoints: [{ asDouble: 7 }] } });
  });

  test('in protobuf too, which is the default', async () => {
    const registry = new Registry();
    duration(registry);
    const push = new MetricsPush(registry, resource, await open('http/protobuf'), times);
    await push.push();
    await push.close();
    expect(received[0]?.type).toBe('application/x-protobuf');
    // The numbers are those of opentelemetry/proto/metrics/v1/metrics.proto.
    const request = new WireMessage(received[0]?.bytes ?? Buffer.alloc(0));
    const one = request.message(1).message(2).message(2);
    expect([one.text(1), one.text(2), one.text(3)]).toEqual(['http.server.request.duration', 'H.', 's']);
    const histogram = one.message(9);
    expect(histogram.varint(2)).toBe(2);
    const point = histogram.message(1);
    expect([point.fixed64(4), point.doubles(5), point.fixed64(6), point.doubles(7)]).toEqual([[3], [11], [1, 1, 1], [1, 2]]);
    expect(point.messages(9).map((pair) => pair.text(1))).toEqual(['http.route', 'http.response.status_code']);
    expect(point.messages(9)[1]?.message(2).varint(3)).toBe(200);
  });

  test.each(['http', 'proto'])('through the SDK’s own exporter too (%s), which has the same shape', async (kind) => {
    const sdk = createRequire(createRequire(import.meta.url).resolve('@opentelemetry/sdk-node/package.json'));
    const { OTLPMetricExporter } = sdk(`@opentelemetry/exporter-metrics-otlp-${kind}`) as { OTLPMetricExporter: new () => MetricExporter };
    const registry = new Registry();
    duration(registry);
    const push = new MetricsPush(registry, resource, new OTLPMetricExporter(), times);
    await push.push();
    await push.close();
    if (kind === 'http') {
      expect(metric('http.server.request.duration')['histogram']).toMatchObject({ dataPoints: [{ count: 3, bucketCounts: [1, 1, 1] }] });
      return;
    }
    const request = new WireMessage(received[0]?.bytes ?? Buffer.alloc(0));
    const point = request.message(1).message(2).message(2).message(9).message(1);
    expect([point.fixed64(4), point.doubles(5)]).toEqual([[3], [11]]);
  });

  test('those of prom-client among them, histograms too', async () => {
    const registry = new Registry();
    const taken = { labelNames: ['l'], help: 'T.', registers: [registry as unknown as prom.Registry] };
    new prom.Gauge({ name: 'theirs', ...taken }).labels('x').set(2);
    new prom.Counter({ name: 'their_total', ...taken }).labels('x').inc(3);
    const histogram = new prom.Histogram({ name: 'their_seconds', buckets: [1, 2], ...taken });
    for (const l of ['x', 'y']) for (const seconds of [0.5, 1.5, 9, 9]) histogram.labels(l).observe(seconds);
    new prom.Summary({ name: 'their_summary', ...taken }).labels('x').observe(1);
    const push = new MetricsPush(registry, resource, await open(), times);
    await push.push();
    await push.close();
    const x = [{ key: 'l', value: { stringValue: 'x' } }];
    expect(metric('theirs')).toMatchObject({ gauge: { dataPoints: [{ asDouble: 2, attributes: x }] } });
    expect(metric('their_total')).toMatchObject({ sum: { isMonotonic: true, dataPoints: [{ asDouble: 3, attributes: x }] } });
    const counted = { count: 4, sum: 20, explicitBounds: [1, 2], bucketCounts: [1, 1, 2] };
    expect(metric('their_seconds')).toMatchObject({ unit: 's', histogram: { dataPoints: [{ ...counted, attributes: x }, counted] } });
    expect(metricsOf(bodies()[0]).map(({ name }) => name)).not.toContain('their_summary');
  });

  test('in batches, each series once, and none of them alone in a request that is too large', async () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'a_seconds', help: 'A.', labels: ['l'], maxSeries: 5000 });
    for (let i = 0; i < 1700; i++) histogram.labels({ l: `${i}` }).observe(i);
    registry.gauge({ name: 'last', help: 'L.' }).set(1);
    const push = new MetricsPush(registry, resource, await open(), times);
    await push.push();
    const parts = bodies().map((body) => metricsOf(body).map(({ histogram: h }) => (h as { dataPoints: Point[] } | undefined)?.dataPoints));
    expect(parts.map((metrics) => metrics.reduce((sum, points) => sum + (points?.length ?? 1), 0))).toEqual([500, 500, 500, 201]);
    const labels = parts.flat(2).map((point) => point?.attributes[0]?.value.stringValue);
    expect(new Set(labels.filter((label) => label !== undefined)).size).toBe(1700);
    expect(metric('last')).toMatchObject({ gauge: { dataPoints: [{ asDouble: 1 }] } });
    await push.close();
  });

  test('without what no encoding has: NaN and infinity', async () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'a', help: 'A.', labels: ['l'] });
    [Number.NaN, Infinity, -Infinity, 4].forEach((value, l) => gauge.labels({ l: `${l}` }).set(value));
    registry.histogram({ name: 'b', help: 'B.', buckets: [1] }).observe(Infinity);
    const push = new MetricsPush(registry, resource, await open(), times);
    await push.push();
    await push.close();
    expect((metric('a')['gauge'] as { dataPoints: Point[] }).dataPoints.map(({ asDouble }) => asDouble)).toEqual([4]);
    expect(metric('b')).toMatchObject({ histogram: { dataPoints: [{ count: 1, bucketCounts: [0, 1] }] } });
    expect(received[0]?.bytes.toString()).not.toMatch(/"(?:sum|asDouble)":null/);
  });
});

describe('metrics are pushed', () => {
  test('every so often', async () => {
    const push = new MetricsPush(small(), resource, await open(), { ...times, intervalMs: 5 });
    while (received.length < 3) await once(server, 'request');
    await push.close();
  });

  test('one push after the other: one that takes longer than the interval is not overtaken', async () => {
    let running = 0;
    let most = 0;
    let count = 0;
    const slow: MetricExporter = {
      export(_, done) {
        most = Math.max(most, ++running);
        count++;
        setTimeout(() => {
          running--;
          done({ code: 0 });
        }, 30);
      },
      async shutdown() {},
    };
    const push = new MetricsPush(small(), resource, slow, { ...times, intervalMs: 1 });
    while (count < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    await push.close();
    expect(most).toBe(1);
  });

  test('a last time at the stop, with what was counted since a push that is still going on', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.' });
    const values: unknown[] = [];
    let finish = (): void => undefined;
    const exporter: MetricExporter = {
      export(batch: ResourceMetrics, done) {
        values.push(batch.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value);
        finish = () => done({ code: 0 });
        if (values.length > 1) finish();
      },
      async shutdown() {},
    };
    const push = new MetricsPush(registry, resource, exporter, times);
    void push.push();
    while (values.length === 0) await nextTurn();
    counter.inc();
    const closed = push.close();
    finish();
    await closed;
    expect(values).toEqual([0, 1]);
  });
});

describe('a collector that does not take them', () => {
  test('is in the log once, and when it is over', async () => {
    const push = new MetricsPush(small(), resource, await open(), times);
    status = 400;
    await push.push();
    await push.push();
    status = 200;
    await push.push();
    await push.close();
    expect(memory.lines.map(({ message, fields }) => [message, fields['problem'] ?? fields['missed']])).toEqual([
      ['metrics are not delivered', expect.stringMatching(/\/v1\/metrics answered 400/)],
      ['metrics are delivered again', 2],
    ]);
  });

  test('is in the log where it refuses some of them', async () => {
    answer = '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"out of order"}}';
    const push = new MetricsPush(small(), resource, await open(), times);
    await push.push();
    await push.push();
    await push.close();
    expect(memory.lines.map(({ message, fields }) => [message, fields['points']])).toEqual([
      ['metrics are refused in part by the collector', 1],
    ]);
  });

  test('gets no further batch in that push', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l'] });
    for (let i = 0; i < 1500; i++) counter.labels({ l: `${i}` }).inc();
    const push = new MetricsPush(registry, resource, await open(), times);
    status = 400;
    await push.push();
    expect(received).toHaveLength(1);
    await push.close();
  });

  test.each<[string, MetricExporter, string]>([
    [
      'throws',
      {
        export() {
          throw new Error('broken');
        },
        async shutdown() {},
      },
      'broken',
    ],
    ['never answers', { export: () => undefined, async shutdown() {} }, 'the exporter did not answer within 20 ms'],
  ])('is in the log where its exporter %s, and the next push is tried all the same', async (_, exporter, problem) => {
    const push = new MetricsPush(small(), resource, exporter, { ...times, timeoutMs: 20 });
    await push.push();
    await push.push();
    expect(memory.lines.map(({ message, fields }) => [message, fields['problem']])).toEqual([['metrics are not delivered', problem]]);
    await push.close();
  });

  test.each<[string, MetricExporter]>([
    ['never answers', { export: () => undefined, async shutdown() {} }],
    ['never closes', { export: (_, done) => done({ code: 0 }), shutdown: () => new Promise(() => undefined) }],
  ])('does not hold the stop where it %s', async (_, exporter) => {
    const push = new MetricsPush(small(), resource, exporter, times);
    const startedAt = performance.now();
    await push.close(AbortSignal.timeout(20));
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await push.close(AbortSignal.abort());
  });

  test('fails no stop where it does not close in order', async () => {
    const shutdown = (): Promise<void> => Promise.reject(new Error('no'));
    await new MetricsPush(small(), resource, { export: (_, done) => done({ code: 0 }), shutdown }, times).close();
    expect(memory.lines.map(({ message }) => message)).toEqual(['the metric exporter did not close in order']);
  });
});
