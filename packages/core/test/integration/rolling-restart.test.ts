import { afterAll, expect, test } from '@jest/globals';
import { Balancer } from '../support/balancer.ts';
import { Load } from '../support/load.ts';
import { endAll, ServiceProcess } from '../support/service-process.ts';

afterAll(endAll);

async function start(env: Record<string, string>): Promise<{ service: ServiceProcess; port: number }> {
  const service = new ServiceProcess('serving.mjs', [], { PATRON_HTTP_DEFAULT_PORT: '0', ...env });
  return { service, port: await service.port() };
}

interface Rolling {
  restarts: number;
  /** Of the services: PATRON_SHUTDOWN_DELAY. */
  delay: string;
  /** Requests of 5 s that are in flight at each SIGTERM. */
  slow: number;
  /** @default true */
  keepAlive?: boolean;
  /** The balancer does not probe and is told so long after the SIGTERM; until then new connections still come. */
  toldAfterMs?: number;
}

/** Replaces an instance by a new one, again and again, under load; each new one is up before the old one is told to stop. */
async function roll(rolling: Rolling): Promise<{ load: Load; rate: number; codes: (number | null)[] }> {
  const { restarts, delay, slow, keepAlive = true, toldAfterMs } = rolling;
  const env = { PATRON_SHUTDOWN_DELAY: delay };
  const balancer = new Balancer(toldAfterMs === undefined);
  const ends: Promise<number | null>[] = [];
  let current = await start(env);
  await balancer.add(current.port);
  const load = new Load(balancer.pick, { connections: 100, perSecond: 1000, keepAlive });
  load.start();
  try {
    for (let i = 0; i < restarts; i++) {
      const [next] = await Promise.all([start(env), settled()]);
      await balancer.add(next.port);
      const { port, service } = current;
      load.slow(port, slow);
      service.kill('SIGTERM');
      if (toldAfterMs !== undefined) setTimeout(() => balancer.remove(port), toldAfterMs);
      ends.push(service.ended().then(({ code }) => code));
      current = next;
    }
    const codes = await Promise.all(ends);
    const { rate } = load;
    await load.stop();
    current.service.kill('SIGTERM');
    return { load, rate, codes: [...codes, (await current.service.ended()).code] };
  } finally {
    load.over = true;
    balancer.close();
  }
}

/** For every connection to have been used a few times between two restarts. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 700));

function expectNothingLost({ load: { tally }, rate, codes }: Awaited<ReturnType<typeof roll>>, restarts: number): void {
  const { sent, answered, statuses, resets, unanswered, refused } = tally;
  expect({ answered, statuses, resets, unanswered, refused }).toEqual({
    answered: sent,
    statuses: {},
    resets: {},
    unanswered: 0,
    refused: {},
  });
  expect(rate).toBeGreaterThan(900);
  expect(codes).toEqual(Array.from({ length: restarts + 1 }, () => 0));
}

test('20 restarts under 100 keep-alive connections, 1,000 requests/s and requests of 5 s: none is reset, refused or unanswered', async () => {
  const rolled = await roll({ restarts: 20, delay: '500ms', slow: 5 });
  expectNothingLost(rolled, 20);
  expect(rolled.load.tally.slow).toBe(100);
  // The connections of an instance that goes are closed by an answer that says so, none by surprise.
  expect(rolled.load.tally.closedAsTold).toBeGreaterThan(800);
  expect(rolled.load.tally.closedIdle).toBe(0);
}, 100_000);

test('clients that make a connection for each request lose none either', async () => {
  expectNothingLost(await roll({ restarts: 5, delay: '500ms', slow: 0, keepAlive: false }), 5);
}, 60_000);

test('connections that arrive while the service waits for its last answers are served', async () => {
  expectNothingLost(await roll({ restarts: 3, delay: '0s', slow: 5, toldAfterMs: 2000 }), 3);
}, 60_000);
