import { setTimeout as wait } from 'node:timers/promises';
import { openCollector, recordingEverything } from '../lib/collectors.mjs';
import { accepting, freePort } from '../lib/ports.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { sample, slopeOf } from '../lib/resources.mjs';
import { toRow } from '../lib/row.mjs';

const perSecond = 500;
const connections = 64;
const body = '{"hello":"world"}';
const maxMbPerMinute = 1;
const sampleEveryMs = 5000;

export const title = `memory: GET /hello/:name, every request recorded, ${perSecond.toLocaleString('en-US')} requests/s for ten minutes, the first four to warm up`;
export const pairs = 1;
/** One long look. */
export const isExact = true;

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, _machine, progress) {
  const states = /** @type {const} */ (['healthy', 'dead', 'stalled']);
  progress('a service for each state of the collector, side by side');
  const slopes = await Promise.all(states.map((state) => slopeBeside(state, settings)));
  return {
    rows: states.map((state, i) =>
      toRow({
        what: `slope of the resident memory, ${state} collector`,
        unit: 'MB/min',
        ours: [slopes[i]?.slope ?? Number.NaN],
        maxValue: maxMbPerMinute,
      }),
    ),
    notes: states.map((state, i) => `${state}: ${slopes[i]?.from} MB after the warm-up, ${slopes[i]?.to} MB in the end`),
  };
}

/**
 * @param {import('../lib/collectors.mjs').State} state
 * @param {import('../main.mjs').Settings} settings
 */
async function slopeBeside(state, { node, quick }) {
  const collector = await openCollector(state, { node });
  const port = await freePort();
  const server = new Program(programFile('programs/hello-patron.mjs'), {
    node,
    env: { PATRON_HTTP_DEFAULT_PORT: String(port), NODE_ENV: 'production', ...recordingEverything(collector.port) },
  });
  const client = new Program(programFile('programs/paced-load.mjs'), { node });
  const [warmUp, seconds] = quick ? [20, 40] : [240, 360];
  try {
    await Promise.race([accepting(port), server.failed]);
    const request = `GET /hello/world HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;
    await client.ask({ command: 'open', port, connections, request, body });
    const pace = async (/** @type {number} */ length) => client.ask({ command: 'pace', perSecond, seconds: length }, length * 3000);
    await pace(warmUp);
    const done = pace(seconds);
    /** @type {import('../lib/resources.mjs').Sample[]} */
    const samples = [];
    const startedAt = performance.now();
    for (let at = 0; at < seconds * 1000; at += sampleEveryMs) {
      samples.push(await sample(`http://127.0.0.1:${port}`, startedAt));
      await Promise.race([wait(sampleEveryMs), done]);
    }
    await done;
    const mb = (/** @type {number} */ i) => Math.round(samples.at(i)?.mb ?? Number.NaN);
    return { slope: slopeOf(samples, (one) => one.mb), from: mb(0), to: mb(-1) };
  } finally {
    await Promise.all([client.end(), server.end(), collector.end()]);
  }
}
