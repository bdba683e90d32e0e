import { afterAll, describe, expect, test } from '@jest/globals';
import { Load } from '../../support/load.ts';
import { type Ailment, openBadCollector } from '../../support/otlp/bad-collector.ts';
import { endAll, type LogLine, ServiceProcess } from '../../support/service-process.ts';

afterAll(endAll);

type Protocol = 'http/protobuf' | 'http/json' | 'grpc';

interface Ended {
  service: ServiceProcess;
  /** From the SIGTERM to the end of the process. */
  stopMs: number;
  code: number | null;
  load: Load;
  spans: { ended: number; exported: number; dropped: Record<string, number> };
}

/** Puts load on a service that records everything, and stops it. */
async function serveBeside(ailment: Ailment, protocol: Protocol, env: Record<string, string> = {}): Promise<Ended> {
  const collector = await openBadCollector(ailment);
  const service = new ServiceProcess('recorded.mjs', [], {
    PATRON_HTTP_DEFAULT_PORT: '0',
    PATRON_JAEGER_SAMPLER_TYPE: 'const',
    PATRON_JAEGER_SAMPLER_PARAM: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    ...env,
  });
  try {
    const port = await service.port();
    const load = new Load(() => port, { connections: 20, perSecond: 300 });
    load.start();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await load.stop();
    const at = performance.now();
    service.kill('SIGTERM');
    const exit = await service.ended();
    const spans = service.lines.find(({ msg }) => msg === 'spans') as unknown as Ended['spans'];
    const stopMs = exit.at - at;
    // So that a green run can be read too.
    process.stdout.write(`promise 20: ${JSON.stringify({ ailment, protocol, stopMs: Math.round(stopMs), code: exit.code, ...spans })}\n`);
    return { service, stopMs, code: exit.code, load, spans };
  } finally {
    await collector.close();
  }
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((total, count) => total + count, 0);
const said = ({ service }: Ended, msg: string): LogLine[] => service.lines.filter((line) => line.msg === msg);

/** What holds beside every collector: nobody waits, nothing is lost without being counted, and the log keeps its head. */
function expectUnharmed(ended: Ended): void {
  const { load, spans, stopMs, code, service } = ended;
  const { sent, answered, statuses, resets, unanswered, refused } = load.tally;
  expect({ answered, statuses, resets, unanswered, refused }).toEqual({
    answered: sent,
    statuses: {},
    resets: {},
    unanswered: 0,
    refused: {},
  });
  expect({ code, errors: service.errors(), text: service.text }).toEqual({ code: 0, errors: [], text: [] });
  expect(stopMs).toBeLessThan(5000);
  expect(spans.ended).toBe(sent);
  expect(spans.exported + sum(spans.dropped)).toBe(spans.ended);
  expect(said(ended, 'the service has stopped, but something holds the process open')).toEqual([]);
  // When it begins, when the service stops; one more where it was over in between and began again.
  expect(said(ended, 'spans are lost').length).toBeLessThanOrEqual(3);
}

describe('a service that records every request is served, and stops within 5 s with code 0, beside a collector that', () => {
  test.concurrent.each<[Ailment, Protocol]>([
    ['dead', 'http/protobuf'],
    ['dead', 'http/json'],
    ['dead', 'grpc'],
    ['stalled', 'http/protobuf'],
    ['stalled', 'http/json'],
    ['stalled', 'grpc'],
    ['silent', 'http/protobuf'],
    ['silent', 'grpc'],
    ['takes calls and never answers', 'grpc'],
    ['answers UNAVAILABLE', 'grpc'],
    ['answers 500', 'http/protobuf'],
    ['answers 503', 'http/protobuf'],
    ['answers 429 for an hour', 'http/protobuf'],
    ['speaks no HTTP', 'http/protobuf'],
    ['speaks no HTTP', 'grpc'],
    ['never ends its answer', 'http/protobuf'],
    ['cuts its answer short', 'http/protobuf'],
    ['resets the connection', 'http/protobuf'],
    ['resets the connection', 'grpc'],
    ['drips', 'http/protobuf'],
  ])('%s (%s); every span is counted as lost, and the log says so when it begins', async (ailment, protocol) => {
    const ended = await serveBeside(ailment, protocol);
    expectUnharmed(ended);
    expect(ended.spans.exported).toBe(0);
    const [begins] = said(ended, 'spans are lost');
    expect(begins).toMatchObject({ lvl: 'warn', reason: 'export_failed', problem: expect.any(String) as unknown });
    const { lines } = ended.service;
    expect(lines.indexOf(begins as LogLine)).toBeLessThan(lines.findIndex(({ msg }) => msg === 'stopping'));
    expect(said(ended, 'spans are lost').reduce((total, line) => total + Number(line['dropped']), 0)).toBe(ended.spans.ended);
  });

  test.concurrent('is slow (http/protobuf); what it takes in time is counted as exported', async () => {
    const ended = await serveBeside('slow', 'http/protobuf', { OTEL_EXPORTER_OTLP_TIMEOUT: '10000' });
    expectUnharmed(ended);
    expect(ended.spans.exported).toBeGreaterThan(0);
  });

  test.concurrent('answers 200 and garbage (http/protobuf); it took the batch, and what it says is its affair', async () => {
    const ended = await serveBeside('answers 200 and garbage', 'http/protobuf');
    expectUnharmed(ended);
    expect(ended.spans.exported).toBe(ended.spans.ended);
  });

  test.concurrent.each<[Ailment, Protocol]>([
    ['stalled', 'http/protobuf'],
    ['stalled', 'grpc'],
    ['takes calls and never answers', 'grpc'],
  ])('%s (%s), with a timeout that nobody lives to see', async (ailment, protocol) => {
    const ended = await serveBeside(ailment, protocol, { OTEL_EXPORTER_OTLP_TIMEOUT: '600000' });
    expectUnharmed(ended);
    const problems = said(ended, 'spans are lost').map(({ problem }) => String(problem));
    expect(problems).toContainEqual(expect.stringContaining('was not delivered before the stop'));
  });
});

test('a burst of 100,000 beside a stalled collector leaves in memory what the queue holds, and no more', async () => {
  const collector = await openBadCollector('stalled');
  const service = new ServiceProcess('recorded.mjs', [], {
    PATRON_HTTP_DEFAULT_PORT: '0',
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
  });
  await fetch(`http://127.0.0.1:${await service.port()}/burst?spans=100000`);
  service.kill('SIGTERM');
  const { code } = await service.ended();
  await collector.close();
  const { ended, exported, dropped } = service.lines.find(({ msg }) => msg === 'spans') as unknown as Ended['spans'];
  expect({ code, ended, exported, sum: sum(dropped) }).toEqual({ code: 0, ended: 100_001, exported: 0, sum: 100_001 });
  // What was not refused at once was in the queue or on its way, and is told at the stop. The request's own span ends later.
  const held = ended - (dropped['queue_full'] ?? 0);
  expect(held - 8192).toBeGreaterThanOrEqual(0);
  expect(held - 8192).toBeLessThanOrEqual(1);
}, 40_000);
