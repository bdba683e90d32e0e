import { expect } from '@jest/globals';
import { Balancer } from './balancer.ts';
import { Load } from './load.ts';
import { ServiceProcess } from './service-process.ts';

/** How instances are replaced. */
export interface Rolling {
  restarts: number;
  /** Of the services: PATRON_SHUTDOWN_DELAY. */
  delay: string;
  /** Requests of 5 s that are in flight at each SIGTERM. */
  slow: number;
  /** @default true */
  keepAlive?: boolean;
  /** The balancer does not probe and is told so long after the SIGTERM; until then new connections still come. */
  toldAfterMs?: number;
  /** @default serving.mjs */
  service?: URL;
  /** Over TLS, with certificates of this authority. @default without TLS */
  ca?: string;
  env?: Record<string, string>;
  /** Called with the port of each instance before it is told to stop. */
  beforeStop?: (port: number) => Promise<void>;
}

/** What became of it. */
export interface Rolled {
  load: Load;
  rate: number;
  codes: (number | null)[];
}

/** Replaces an instance by a new one, again and again, under load; each new one is up before the old one is told to stop. */
export async function roll(rolling: Rolling): Promise<Rolled> {
  const { restarts, delay, slow, keepAlive = true, toldAfterMs, service: fixture = 'serving.mjs', ca, beforeStop } = rolling;
  const start = async (): Promise<{ service: ServiceProcess; port: number }> => {
    const service = new ServiceProcess(fixture, [], { PATRON_HTTP_DEFAULT_PORT: '0', PATRON_SHUTDOWN_DELAY: delay, ...rolling.env });
    return { service, port: await service.port() };
  };
  const balancer = new Balancer(toldAfterMs === undefined, ca);
  const ends: Promise<number | null>[] = [];
  let current = await start();
  await balancer.add(current.port);
  const load = new Load(balancer.pick, { connections: 100, perSecond: 1000, keepAlive, ca });
  load.start();
  try {
    for (let i = 0; i < restarts; i++) {
      const [next] = await Promise.all([start(), settled()]);
      await balancer.add(next.port);
      const { port, service } = current;
      await load.slow(port, slow);
      await beforeStop?.(port);
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

/** Every request has its answer, a good one, and every instance ended well. */
export function expectNothingLost({ load: { tally }, codes }: Rolled, restarts: number): void {
  const { sent, answered, statuses, resets, unanswered, refused } = tally;
  expect({ answered, statuses, resets, unanswered, refused }).toEqual({
    answered: sent,
    statuses: {},
    resets: {},
    unanswered: 0,
    refused: {},
  });
  expect(codes).toEqual(Array.from({ length: restarts + 1 }, () => 0));
}
