import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { log } from '@patron/log';
import { metrics } from '@patron/trace';
import { exchange } from '../raw-client.ts';
import { type RunningService, startService } from '../running-service.ts';

// Debian's package `prometheus` has it; the variable names another one.
const promtool = process.env['PROMTOOL'] ?? 'promtool';
const isHere = spawnSync(promtool, ['--version']).status === 0;
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (!isHere && !isRequired)
  console.warn(`left out: ${promtool} is not here (Debian package prometheus, or PROMTOOL), so nothing checks /metrics against it`);

(isHere || isRequired ? describe : describe.skip)('promtool check metrics', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({
      http(request, response) {
        if (request.url === '/fail') throw new Error('as it should');
        response.writeHead(request.url === '/missing' ? 404 : 200).end();
      },
    });
    log.warn('one more line');
    for (const path of ['/', '/missing', '/fail']) await fetch(`http://127.0.0.1:${service.port}${path}`);
    await exchange(service.port, ['GET / HTTP/1.1\r\n\r\n']);
    const few = metrics.counter({ name: 'test_folded_total', help: 'For this test.', labels: ['l'], maxSeries: 1 });
    for (const l of ['a', 'b', 'c"\\\n']) few.labels({ l }).inc();
  });
  afterAll(() => service.stop());

  test('accepts /metrics without an error and without a warning', async () => {
    const text = await (await fetch(`http://127.0.0.1:${service.port}/metrics`)).text();
    for (const name of [
      'http_server_request_duration_seconds',
      'http_server_refused_requests_total',
      'patron_metric_series_folded_total',
    ]) {
      expect(text).toContain(`\n${name}`);
    }
    const { status, stdout, stderr } = check(text);
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
  });

  test('is a check that can fail', () => {
    expect(check('# TYPE wait_milliseconds counter\nwait_milliseconds 1\n').status).not.toBe(0);
  });
});

function check(text: string): ReturnType<typeof spawnSync> {
  return spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8', timeout: 20_000 });
}
