import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningService, startService } from '../../test/running-service.ts';
import { Wire } from '../../test/support/wire.ts';
import { MANAGEMENT_PATHS } from './endpoints.ts';

/** Without those that `debug: 'off'` refuses. */
const PATHS = MANAGEMENT_PATHS.filter((path) => !path.startsWith('/debug/'));

describe('management on a port of its own', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({
      http: (_, response) => response.writeHead(418).end(),
      management: { port: 0, host: '127.0.0.1', debug: 'off' },
    });
    await service.line({ message: 'service ready' });
  });
  afterAll(() => service.stop());

  test.each(PATHS)('serves %s there and leaves it to the application on the other port', async (path) => {
    expect(service.managementPort).not.toBe(service.port);
    expect((await fetch(`http://127.0.0.1:${service.managementPort}${path}`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${service.port}${path}`)).status).toBe(418);
  });

  test('answers 404 there for everything else, with the paths that it has', async () => {
    const answer = await fetch(`http://127.0.0.1:${service.managementPort}/orders`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ error: 'Not Found', paths: MANAGEMENT_PATHS });
  });

  test('changes nothing for anybody where debug is off', async () => {
    const answer = await fetch(`http://127.0.0.1:${service.managementPort}/log/level`, { method: 'PUT', body: '{"level":"debug"}' });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ error: 'switched off' });
  });
});

test('a stop says `Connection: close` on that port too, before it closes, and answers probes to the end', async () => {
  let release: (() => void) | undefined;
  const service = await startService({
    management: { port: 0, host: '127.0.0.1' },
    resources: [{ name: 'pool', close: () => new Promise((resolve) => (release = resolve)) }],
  });
  const [idle, asking] = await Promise.all([Wire.open(service.managementPort), Wire.open(service.managementPort)]);
  await idle.request('/alive').answers(1);
  await asking.request('/alive').answers(1);
  const stopped = service.stop();
  await service.line({ message: 'stopping' });
  await asking.request('/ready').closed();
  expect(asking).toMatchObject({ error: undefined });
  expect([asking.statuses(), asking.connection()]).toEqual([
    [200, 503],
    ['keep-alive', 'close'],
  ]);
  await idle.closed();
  expect(idle).toMatchObject({ error: undefined, ended: true });
  while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
  expect((await fetch(`http://127.0.0.1:${service.managementPort}/ready`)).status).toBe(503);
  release();
  await stopped;
});

test('where debug is all, a proxy may change something too', async () => {
  const service = await startService({ management: { debug: 'all' } });
  const answer = await fetch(`http://127.0.0.1:${service.port}/log/level`, {
    method: 'PUT',
    body: '{"level":"warn","for":"1m"}',
    headers: { 'x-forwarded-for': '10.0.0.1' },
  });
  expect(answer.status).toBe(200);
  await service.stop();
});
