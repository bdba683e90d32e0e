import { spawn, spawnSync } from 'node:child_process';
import { on, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Load } from '../../../core/test/support/load.ts';
import { endAll, ServiceProcess } from '../../../core/test/support/service-process.ts';

// Promise 15, by Debian's slowhttptest; the variable names another one.
const slowhttptest = process.env['SLOWHTTPTEST'] ?? 'slowhttptest';
const isHere = spawnSync(slowhttptest, ['-h']).error === undefined;
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
// How much longer good clients wait is for a machine with nothing else to do, and for a network with the packets of one: loopback's
// own, of 64 KB, make the system keep two megabytes for each client that does not read, until its memory for TCP is used up.
const isFull = process.env['PATRON_FULL'] === '1';
if (!isHere && !isRequired)
  console.warn(
    `left out: ${slowhttptest} is not here (Debian package slowhttptest, or SLOWHTTPTEST), so nothing attacks a service with it`,
  );

const GOOD_CONNECTIONS = 20;
const SLOW_CONNECTIONS = 1000;
/**
 * All of them stand at once. In full they come at the pace of an attack, not as fast as the machine can make them, and say a little
 * more as often as slowhttptest does by itself.
 */
const [LIMIT_S, PER_SECOND, EVERY_S] = isFull ? [15, 100, '10'] : [3, 500, '1'];
/** How long answers are timed before: the hundredth of few is chance. */
const QUIET_MS = isFull ? 20_000 : 4000;
const CONNECTED_AFTER_S = SLOW_CONNECTIONS / PER_SECOND;
/** The last are closed at their limit and five seconds at the latest. */
const GONE_AFTER_S = CONNECTED_AFTER_S + LIMIT_S + 5;
/**
 * The unread answers of so many fill the memory that the system has for TCP; as the first are cut it takes more of the others,
 * and these have moved then.
 */
const READS_GONE_AFTER_S = GONE_AFTER_S + 20;

const modes: [mode: string, path: string, goneAfterS: number, args: string[]][] = [
  ['headers', '/', GONE_AFTER_S, ['-H', '-i', EVERY_S]],
  ['bodies', '/upload', GONE_AFTER_S, ['-B', '-i', EVERY_S, '-s', '100000']],
  ['reads', '/large', READS_GONE_AFTER_S, ['-X', '-n', '1', '-w', '10', '-y', '20', '-z', '5', '-k', '3']],
  ['ranges', '/large', GONE_AFTER_S, ['-R', '-a', '1', '-b', '3000']],
];

beforeAll(() => {
  if (!isFull || String(spawnSync('ip', ['-oneline', 'link', 'show', 'lo']).stdout).includes(' mtu 1500 ')) return;
  throw new Error(
    `in full this is measured over packets of 1,500 bytes: unshare --map-root-user --net sh -c 'ip link set lo mtu 1500 up && npm test -- slow-clients'`,
  );
});
afterAll(endAll);

(isHere || isRequired ? describe : describe.skip)(`under an attack by ${SLOW_CONNECTIONS} connections`, () => {
  test.each(modes)(
    'with slow %s, good clients get all their answers, and slow ones are gone in time',
    async (mode, path, limitS, args) => {
      const limit = `${LIMIT_S}s`;
      const service = new ServiceProcess(new URL('../services/reading.mjs', import.meta.url), [], {
        PATRON_HTTP_DEFAULT_PORT: '0',
        PATRON_HTTP_READ_TIMEOUT: limit,
        PATRON_HTTP_WRITE_TIMEOUT: limit,
      });
      const port = await service.port();
      const load = new Load(() => port, { connections: GOOD_CONNECTIONS, perSecond: 200 });
      const { latenciesMs, tally } = load;
      load.start();
      let before: number[];
      let goneAfterS: number;
      try {
        await sleep(QUIET_MS);
        before = latenciesMs.splice(0);
        goneAfterS = await attack(port, [...args, '-u', `http://127.0.0.1:${port}${path}`]);
      } finally {
        await load.stop();
      }
      service.kill('SIGTERM');
      expect((await service.ended()).code).toBe(0);

      const [unattackedMs, attackedMs] = [percentile99(before), percentile99(latenciesMs)];
      const figures = {
        mode,
        goneAfterS,
        answers: latenciesMs.length,
        p99Ms: [unattackedMs, attackedMs].map((ms) => Number(ms.toFixed(2))),
      };
      process.stdout.write(`promise 15: ${JSON.stringify(figures)}\n`);
      expect(tally).toMatchObject({ answered: tally.sent, statuses: {}, resets: {}, unanswered: 0, refused: {} });
      expect(goneAfterS).toBeLessThanOrEqual(limitS);
      if (isFull) expect(attackedMs).toBeLessThanOrEqual(unattackedMs * 2);
    },
    120_000,
  );
});

/** Attacks until no slow connection is left in the service's system. @returns seconds since the first one was made */
async function attack(port: number, args: readonly string[]): Promise<number> {
  const all = [...args, '-c', `${SLOW_CONNECTIONS}`, '-r', `${PER_SECOND}`, '-l', `${READS_GONE_AFTER_S + 10}`];
  // Attackers have machines of their own: this one steps back, and runs only when nobody wants the core where others are timed.
  const [program, ...before] = isFull ? ['chrt', '--idle', '0'] : ['nice', '-n', '10'];
  const attacker = spawn(program as string, [...before, slowhttptest, ...all], { stdio: 'ignore' });
  const ended = once(attacker, 'close');
  const startedAt = performance.now();
  const passedS = (): number => (performance.now() - startedAt) / 1000;
  const counter = new Worker(new URL('../connection-counter.mjs', import.meta.url), { workerData: port });
  let most = 0;
  for await (const [count] of on(counter, 'message') as AsyncIterable<[number]>) {
    const slow = count - GOOD_CONNECTIONS;
    most = Math.max(most, slow);
    if ((slow <= 0 && passedS() > CONNECTED_AFTER_S + 1) || passedS() > READS_GONE_AFTER_S + 5) break;
  }
  const goneAfterS = Number(passedS().toFixed(1));
  await counter.terminate();
  attacker.kill('SIGKILL');
  await ended;
  expect(most).toBeGreaterThan(0); // there was an attack
  return goneAfterS;
}

function percentile99(valuesMs: readonly number[]): number {
  return valuesMs.toSorted((a, b) => a - b)[Math.floor(valuesMs.length * 0.99)] ?? Infinity;
}
