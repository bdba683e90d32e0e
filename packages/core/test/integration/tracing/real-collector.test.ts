import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Collector, collectorIsMissing, hasCollector } from '../../support/otlp/collector.ts';
import { OtlpReceiver } from '../../support/otlp/receiver.ts';
import { endAll, ServiceProcess } from '../../support/service-process.ts';

const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (!hasCollector && !isRequired) console.warn(collectorIsMissing);

type Protocol = 'http/protobuf' | 'http/json' | 'grpc';
const protocols: Protocol[] = ['http/protobuf', 'http/json', 'grpc'];

/** The last receiver: what the collector has understood comes here. */
let receiver: OtlpReceiver;
afterAll(endAll);
beforeEach(async () => {
  receiver = await OtlpReceiver.open();
});
afterEach(() => receiver.close());

async function start(
  endpoint: string,
  protocol: Protocol,
  env: Record<string, string> = {},
): Promise<{ service: ServiceProcess; url: string }> {
  const service = new ServiceProcess('recorded.mjs', [], {
    PATRON_HTTP_DEFAULT_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_TRACES_SAMPLER: 'always_on',
    ...env,
  });
  return { service, url: `http://127.0.0.1:${await service.port()}` };
}

interface Counts {
  ended: number;
  exported: number;
  dropped: Record<string, number>;
}

async function stop(service: ServiceProcess): Promise<Counts> {
  service.kill('SIGTERM');
  const { code } = await service.ended();
  expect({ code, errors: service.errors() }).toEqual({ code: 0, errors: [] });
  const { ended, exported, dropped } = service.lines.find(({ msg }) => msg === 'spans') as unknown as Counts;
  return { ended, exported, dropped };
}

const ask = async (url: string): Promise<void> => expect((await fetch(url)).status).toBe(200);
const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);
/** How many different spans have come. */
const different = (): number => new Set(receiver.spans.map(({ traceId, spanId }) => `${traceId}${spanId}`)).size;

(hasCollector || isRequired ? describe : describe.skip)('an OpenTelemetry Collector', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await Collector.start(receiver.url);
  });
  afterEach(() => collector.close());

  test.each(protocols)(
    'gets every span of a burst of 100,000 or the counter says how many are missing, exactly (%s)',
    async (protocol) => {
      const { service, url } = await start(collector.endpoint(protocol), protocol);
      await ask(`${url}/burst?spans=100000`);
      const { ended, exported, dropped } = await stop(service);
      expect(ended).toBe(100_001);
      expect({ sum: exported + sum(dropped), received: receiver.spans.length, different: different() }).toEqual({
        sum: ended,
        received: exported,
        different: exported,
      });
      // A loop that does not let anybody else run fills the queue, whatever the collector can take.
      expect(exported).toBeGreaterThanOrEqual(8192);
      expect(Object.keys(dropped)).toEqual(['queue_full']);
    },
    60_000,
  );

  test.each<[number, Protocol]>([
    [10, 'http/protobuf'],
    [3, 'http/json'],
    [3, 'grpc'],
  ])(
    'gets every span of %i seconds with 10,000 in each (%s)',
    async (seconds, protocol) => {
      const ended = seconds * 10_000 + 1;
      receiver.countsOnly = true;
      // Room for a machine that is away for three seconds, as one may be that runs other tests beside this one.
      const { service, url } = await start(collector.endpoint(protocol), protocol, { OTEL_BSP_MAX_QUEUE_SIZE: '32768' });
      await ask(`${url}/paced?spans=${ended - 1}&perSecond=10000`);
      const counts = await stop(service);
      expect({ ...counts, received: receiver.count }).toEqual({ ended, exported: ended, dropped: {}, received: ended });
    },
    60_000,
  );

  test.each<[string, 'SIGTERM' | 'SIGKILL', Protocol]>([
    ['is restarted in order', 'SIGTERM', 'http/protobuf'],
    ['is restarted in order', 'SIGTERM', 'grpc'],
    ['dies and is started again', 'SIGKILL', 'http/protobuf'],
    ['dies and is started again', 'SIGKILL', 'grpc'],
  ])(
    'that %s (%s, %s) gets every span all the same',
    async (_, signal, protocol) => {
      const { service, url } = await start(collector.endpoint(protocol), protocol, { OTEL_BSP_SCHEDULE_DELAY: '200' });
      const work = ask(`${url}/paced?spans=6000&perSecond=1000`);
      await receiver.until(() => receiver.spans.length > 500);
      await collector.stop(signal);
      await sleep(1500); // long enough for more than one try in vain
      await collector.start();
      await work;
      const { ended, exported, dropped } = await stop(service);
      expect({ exported, dropped, different: different() }).toEqual({ exported: ended, dropped: {}, different: 6001 });
    },
    60_000,
  );

  test('understands all that a span tells', async () => {
    const { service, url } = await start(collector.endpoint('http/protobuf'), 'http/protobuf', {
      OTEL_RESOURCE_ATTRIBUTES: 'team=check%20out',
    });
    await fetch(`${url}/burst?spans=1`, {
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=1,b=2' },
    });
    await stop(service);
    const [step, request] = ['step', 'GET'].map((name) => receiver.spans.find((span) => span.name === name));
    expect(request).toMatchObject({
      service: 'recorded',
      resource: { 'service.name': 'recorded', 'service.version': 'dev', team: 'check out', 'telemetry.sdk.language': 'nodejs' },
      kind: 2,
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentSpanId: '00f067aa0ba902b7',
      traceState: 'a=1,b=2',
      attributes: { 'http.request.method': 'GET', 'url.path': '/burst', 'url.query': 'spans=REDACTED', 'http.response.status_code': '200' },
    });
    expect(step).toMatchObject({ kind: 1, parentSpanId: request?.spanId, attributes: { i: '0' } });
  });
});

describe('a receiver that takes a batch and refuses some of it', () => {
  test('has those counted as rejected, and the rest as exported', async () => {
    receiver.answer = (response, spans) => {
      const rejectedSpans = String(Math.min(3, spans.length));
      response.end(JSON.stringify({ partialSuccess: { rejectedSpans, errorMessage: 'too old' } }));
    };
    const { service, url } = await start(receiver.url, 'http/json');
    await ask(`${url}/burst?spans=5000`);
    const { ended, exported, dropped } = await stop(service);
    const rejected = receiver.requests.length * 3;
    expect({ ended, exported, dropped }).toEqual({ ended: 5001, exported: 5001 - rejected, dropped: { rejected } });
  });
});
