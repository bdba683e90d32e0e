import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { flushSpans, metrics } from '@patron/trace';
import { memorySpans } from '@patron/trace/testing';
import prom from 'prom-client';
import { type RunningService, startService } from '../running-service.ts';

// The reference parser of OpenMetrics: PyPI's prometheus-client. The variable names a Python that has it.
const python = process.env['OPENMETRICS_PYTHON'] ?? 'python3';
const promtool = process.env['PROMTOOL'] ?? 'promtool';
const isHere =
  spawnSync(python, ['-c', 'import prometheus_client.openmetrics.parser']).status === 0 && spawnSync(promtool, ['--version']).status === 0;
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (!isHere && !isRequired)
  console.warn('left out: promtool, or a Python with prometheus-client (OPENMETRICS_PYTHON), is not here, so nothing checks both formats');

const PARSE = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
exemplars = [s.exemplar.labels for f in text_string_to_metric_families(sys.stdin.read()) for s in f.samples if s.exemplar]
print(json.dumps(exemplars))
`;

(isHere || isRequired ? describe : describe.skip)('one service, scraped in both formats in turn', () => {
  const exporter = memorySpans();
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({
      tracing: { exporter, sampler: { type: 'const', param: 1 } },
      http: (request, response) => void response.writeHead(request.url === '/missing' ? 404 : 200).end(),
    });
    metrics.histogram({ name: 'test_open_value_euros', help: 'For "this" test.', buckets: [1, 2.5, 1e6] }).observe(2);
    metrics.gauge({ name: 'test_open_nan', help: 'Not a number.' }).set(Number.NaN);
    metrics.histogram({ name: 'test_open_celsius', help: 'Below zero.', buckets: [-10, 0, 1e-7, 10] }).observe(-20);
    const few = metrics.counter({ name: 'test_open_folded_total', help: 'Folds.', labels: ['l'], maxSeries: 2 });
    for (const l of ['_other', 'a"} 1\nforged 1', '\ud800', 'x'.repeat(10_000), 'y']) few.labels({ l }).inc();
    const taken = { registers: [metrics as unknown as prom.Registry], labelNames: ['l'] };
    const theirs = new prom.Histogram({ name: 'test_open_theirs', help: 'Theirs.', buckets: [1, 1e6], enableExemplars: true, ...taken });
    theirs.observe({ labels: { l: 'x' }, value: 0.5, exemplarLabels: { order: '4711' } });
    new prom.Counter({ name: 'test_open_their_total', help: 'Theirs.', ...taken }).labels('x').inc();
    new prom.Summary({ name: 'test_open_their_quantiles', help: 'Theirs.', ...taken }).labels('x').observe(1);
    for (const path of ['/', '/missing']) await fetch(`http://127.0.0.1:${service.port}${path}`);
  });
  afterAll(() => service.stop());

  const scrape = async (accept: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${service.port}/metrics`, { headers: { accept } });
    expect(answer.status).toBe(200);
    return answer.text();
  };

  test.each([1, 2, 3])('round %d: promtool and the parser of OpenMetrics accept what they get, exemplars included', async () => {
    const plain = spawnSync(promtool, ['check', 'metrics'], { input: await scrape('text/plain'), encoding: 'utf8', timeout: 20_000 });
    expect({ status: plain.status, said: `${plain.stdout}${plain.stderr}` }).toEqual({ status: 0, said: '' });
    const open = spawnSync(python, ['-c', PARSE], {
      input: await scrape('application/openmetrics-text'),
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(open.stderr).toBe('');
    const exemplars = JSON.parse(open.stdout) as { trace_id?: string; order?: string }[];
    expect(exemplars).toContainEqual({ order: '4711' });
    const ids = exemplars.flatMap(({ trace_id }) => trace_id ?? []);
    await flushSpans();
    const traces = exporter.spans.map((span) => span.spanContext().traceId);
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect(traces).toContain(id);
  });

  test('is a check that can fail', () => {
    const { status } = spawnSync(python, ['-c', PARSE], { input: 'a_total 1\n', encoding: 'utf8', timeout: 20_000 });
    expect(status).not.toBe(0);
  });
});
