import { afterEach, describe, expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import { type RunningService, startService } from '../../test/running-service.ts';
import { Wire } from '../../test/support/wire.ts';

let running: RunningService | undefined;
const wires: Wire[] = [];

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.socket.destroy();
  await running?.stop();
  running = undefined;
});

async function start(limits: { maxConnections?: number; maxRequestsPerConnection?: number }): Promise<number> {
  running = await startService({ http: { handler: (_, response) => response.end('hello'), ...limits } });
  return running.port;
}

async function open(port: number): Promise<Wire> {
  const wire = await Wire.open(port);
  wires.push(wire);
  return wire;
}

async function refused(): Promise<number> {
  return Number(/http_server_refused_connections_total\{component="http"\} (\d+)/.exec(await metrics.scrape())?.[1] ?? 0);
}

describe('maxConnections', () => {
  test('closes those beyond it as they come, counts them, and serves the others on', async () => {
    const port = await start({ maxConnections: 3 });
    const before = await refused();
    const kept = await Promise.all([open(port), open(port), open(port)]);
    for (const wire of kept) await wire.request('/').answers(1);
    for (let i = 0; i < 5; i++) expect((await (await open(port)).closed()).received).toBe('');
    expect((await refused()) - before).toBe(5);
    for (const wire of kept) await wire.request('/').answers(2);
  });

  test('has room again once one of them has gone', async () => {
    const port = await start({ maxConnections: 1 });
    const one = await open(port);
    await one.request('/').answers(1);
    await (await open(port)).closed();
    one.socket.end();
    await one.closed();
    await (await open(port)).request('/').answers(1);
  });
});

test('maxRequestsPerConnection: the last answer says so, and the connection is closed in order', async () => {
  const port = await start({ maxRequestsPerConnection: 3 });
  const wire = await open(port);
  for (let i = 1; i <= 3; i++) await wire.request('/').answers(i);
  await wire.closed();
  expect(wire.connection()).toEqual(['keep-alive', 'keep-alive', 'close']);
  expect(wire).toMatchObject({ error: undefined, ended: true });
});

test('maxRequestsPerConnection: what a client has sent behind the last one is not served', async () => {
  const wire = await open(await start({ maxRequestsPerConnection: 2 }));
  await wire.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5)).closed();
  expect(wire.connection()).toEqual(['keep-alive', 'close']);
  expect(wire.error).toBeUndefined();
});

test.each([
  [{ maxConnections: 0 }, 'http.maxConnections is 0: it takes a whole number from 1'],
  [{ maxRequestsPerConnection: 1.5 }, 'http.maxRequestsPerConnection is 1.5: it takes a whole number from 1'],
  [
    { trustedProxies: ['10.0.0.0/33'] },
    'http.trustedProxies[0] is "10.0.0.0/33": it takes an address or a network, 10.0.0.0/8 or fd00::/8',
  ],
  [{ trustedProxies: ['proxy.internal'] }, 'http.trustedProxies[0] is "proxy.internal": it takes an address or a network'],
  [{ trustedProxies: 'all' as 'none' }, 'http.trustedProxies is "all": it takes none, loopback or a list of networks'],
  [{ onUpgrade: true as unknown as () => void }, 'http.onUpgrade is true: it takes a function'],
])('options that make no listener are named at construction: %j', async (http, problem) => {
  await expect(startService({ http })).rejects.toThrow(problem);
});
