import { openCollector, recordingEverything, states } from '../lib/collectors.mjs';
import { inTurn } from '../lib/pairs.mjs';
import { accepting, freePort } from '../lib/ports.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';
import { otherCore } from '../lib/servers.mjs';

const perSecond = 1000;
/** Full in four seconds: what is beyond the warm-up is beyond the queue. */
const queueSize = 4096;
const connections = 64;
const body = '{"hello":"world"}';
const serverCore = 0;
/** What a sick collector may add. */
const maxRatio = 1.1;

export const title = `collector: GET /hello/:name, every request recorded, ${perSecond.toLocaleString('en-US')} requests/s, beside a collector in a bad state`;
export const pairs = 7;

/** @typedef {{ p50: number, p90: number, p99: number, cpuUs: number }} Figures */

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, _machine, progress) {
  const results = await inTurn(settings.pairs, states, (state) => serveBeside(state, settings), progress);
  const figures = (/** @type {import('../lib/collectors.mjs').State} */ state, /** @type {keyof Figures} */ figure) =>
    results[state].map((one) => one[figure]);
  const sick = states.filter((state) => state !== 'healthy');
  const rows = (/** @type {string} */ what, /** @type {string} */ unit, /** @type {keyof Figures} */ figure) =>
    sick.map((state) =>
      toRow({
        what: `${what}, ${state} collector`,
        against: 'healthy',
        unit,
        ours: figures(state, figure),
        theirs: figures('healthy', figure),
        ...(figure === 'p99' && { maxRatio }),
      }),
    );
  return {
    rows: [
      ...rows('p99', 'ms', 'p99'),
      ...rows('p90', 'ms', 'p90'),
      ...rows('p50', 'ms', 'p50'),
      ...rows('CPU per request', 'µs', 'cpuUs'),
    ],
  };
}

/**
 * A service beside a collector in this state, measured once its queue is as full as it gets.
 * @param {import('../lib/collectors.mjs').State} state
 * @param {import('../main.mjs').Settings} settings
 * @returns {Promise<Figures>}
 */
async function serveBeside(state, { node, quick }) {
  const collector = await openCollector(state, { node, core: otherCore });
  const port = await freePort();
  const server = new Program(programFile('programs/hello-patron.mjs'), {
    node,
    nodeArgs: ['--import', programFile('programs/cpu-meter.mjs')],
    core: serverCore,
    env: {
      PATRON_HTTP_DEFAULT_PORT: String(port),
      NODE_ENV: 'production',
      ...recordingEverything(collector.port),
      OTEL_BSP_MAX_QUEUE_SIZE: String(queueSize),
    },
  });
  const client = new Program(programFile('programs/paced-load.mjs'), { node, core: otherCore });
  const seconds = quick ? 3 : 10;
  const cpu = async () => (await server.ask({ command: 'cpu' })).cpuMs;
  try {
    await Promise.race([accepting(port), server.failed]);
    const request = `GET /hello/world HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;
    await client.ask({ command: 'open', port, connections, request, body });
    await client.ask({ command: 'pace', perSecond, seconds: 6 }, 60_000);
    const before = await cpu();
    const { p50, p90, p99 } = await client.ask({ command: 'pace', perSecond, seconds }, 120_000);
    const cpuUs = (((await cpu()) - before) * 1000) / (perSecond * seconds);
    await client.ask({ command: 'close' });
    return { p50, p90, p99, cpuUs };
  } finally {
    await Promise.all([client.end(), server.end(), collector.end()]);
  }
}
