import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningService, startService } from '../../test/running-service.ts';

const PATHS = ['/alive', '/ready', '/metrics', '/info', '/log/level'];

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
    expect(await answer.json()).toEqual({ error: 'Not Found', paths: PATHS });
  });

  test('changes nothing for anybody where debug is off', async () => {
    const answer = await fetch(`http://127.0.0.1:${service.managementPort}/log/level`, { method: 'PUT', body: '{"level":"debug"}' });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ error: 'switched off' });
  });
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
