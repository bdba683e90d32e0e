import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Collector, startCollector } from '../../http/src/demo/collector.ts';
import { queries } from './support/dashboard.ts';
import { Prometheus, prometheusBinary, type Sample } from './support/prometheus.ts';
import { type Services, startServices } from './support/services.ts';

jest.setTimeout(120_000);

const promtool = process.env['PROMTOOL'] ?? 'promtool';
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';

/** Runs these tests where the program is there or has to be. */
function where(program: string, variable: string): typeof describe | typeof describe.skip {
  if (isRequired || spawnSync(program, ['--version']).status === 0) return describe;
  console.warn(`left out: ${program} is not here (Debian package prometheus, or ${variable}), so nothing asks it the dashboard's queries`);
  return describe.skip;
}

where(prometheusBinary, 'PROMETHEUS')('a Prometheus that scrapes both services', () => {
  let collector: Collector;
  let services: Services;
  let prometheus: Prometheus;
  let traffic: Promise<void>;
  const over = new AbortController();

  beforeAll(async () => {
    collector = await startCollector();
    services = await startServices({
      PATRON_JAEGER_AGENT_HOST: '127.0.0.1',
      PATRON_JAEGER_AGENT_PORT: String(collector.port),
      PATRON_JAEGER_SAMPLER_PARAM: '1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    });
    prometheus = new Prometheus({
      'host.docker.internal:50000': services.frontend.address,
      'host.docker.internal:50001': services.backend.address,
    });
    traffic = makeTraffic(services, over.signal);
    await prometheus.start();
  });
  afterAll(async () => {
    over.abort();
    await traffic;
    await prometheus.stop();
    await services.stop();
    collector.close();
  });

  test.each(queries)('has an answer to "$title": $expr', async ({ expr }) => {
    const now = expr.replaceAll('$__rate_interval', '10s').replaceAll('$job', '.+');
    expect(now).not.toContain('$');
    const samples = await answerTo(prometheus, now);
    for (const { value } of samples) expect(Number(value[1])).toBeGreaterThanOrEqual(0);
  });

  test('would tell of a query that is none, or asks for a metric that is not there', async () => {
    await expect(prometheus.query('rate(up[5m)')).rejects.toThrow('parse error');
    expect(await prometheus.query('no_such_metric')).toEqual([]);
  });

  test('evaluates every alert, and none fires for services that are well', async () => {
    const evaluated = async (): Promise<{ name: string; health: string; state: string }[]> => {
      const { groups } = await prometheus.get<{ groups: { rules: { name: string; health: string; state: string }[] }[] }>('rules');
      return groups.flatMap(({ rules }) => rules);
    };
    for (let rules = await evaluated(); rules.some(({ health }) => health === 'unknown'); rules = await evaluated()) await wait(200);
    const rules = await evaluated();
    expect(rules.length).toBeGreaterThanOrEqual(8);
    for (const { name, health, state } of rules) expect({ name, health, state }).not.toMatchObject({ health: 'err' });
    expect(rules.filter(({ state }) => state === 'firing')).toEqual([]);
  });

  test('keeps exemplars that lead from a bucket to a trace which the collector has', async () => {
    type Found = { exemplars: { labels: { trace_id?: string } }[] }[];
    const end = String(Date.now() / 1000 + 60);
    const ask = (): Promise<Found> =>
      prometheus.get<Found>('query_exemplars', { query: 'http_server_request_duration_seconds_bucket', start: '0', end });
    let found = await ask();
    while (found.length === 0) {
      await wait(200);
      found = await ask();
    }
    const traceId = found[0]?.exemplars[0]?.labels.trace_id ?? '';
    expect((await collector.trace(traceId, 1, AbortSignal.timeout(10_000))).length).toBeGreaterThan(0);
  });
});

where(promtool, 'PROMTOOL')('promtool', () => {
  const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const run = (...args: string[]) => spawnSync(promtool, args, { encoding: 'utf8', timeout: 60_000 });

  test('accepts the configuration and its rules', () => {
    const { status, stdout, stderr } = run('check', 'config', path('../prometheus/prometheus.yml'));
    expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0, said: expect.stringContaining('SUCCESS') });
  });

  test('sees each alert fire when it should, and not before', () => {
    const { status, stdout, stderr } = run('test', 'rules', path('alerts.yml'));
    expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0 });
  });
});

/** The first answer with a finite number: rates need two scrapes, quantiles need traffic. */
async function answerTo(prometheus: Prometheus, expr: string): Promise<readonly Sample[]> {
  for (const patience = AbortSignal.timeout(30_000); ; ) {
    const samples = await prometheus.query(expr);
    const finite = samples.filter(({ value }) => Number.isFinite(Number(value[1])));
    if (finite.length > 0) return finite;
    if (patience.aborted) throw new Error(`no sample within 30 s, of ${samples.length} series: ${expr}`);
    await wait(200);
  }
}

/** What a service sees in a day: answers, errors, misses, something that is no HTTP. */
async function makeTraffic({ frontend }: Services, signal: AbortSignal): Promise<void> {
  const port = Number(new URL(frontend.address).port);
  while (!signal.aborted) {
    for (const item of ['tea', 'tea', 'gold', 'broken']) await (await frontend.get(`/offers/${item}`, {})).text();
    const socket = connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\n\r\n');
    await text(socket);
    await wait(100, undefined, { signal }).catch(() => undefined);
  }
}
