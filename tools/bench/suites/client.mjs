import { inTurn } from '../lib/pairs.mjs';
import { accepting, freePort } from '../lib/ports.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

export const title = 'client: GET /hello/:name with a JSON answer, 16 calls at once, one core for the client';
export const pairs = 7;

const sides = {
  patron: 'programs/client-patron.mjs',
  'undici.request': 'programs/client-undici.mjs',
  fetch: 'programs/client-fetch.mjs',
};
const clientCore = 0;
const serverCore = 1;

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure({ pairs: count, node, quick }, _machine, progress) {
  const port = await freePort();
  const server = new Program(programFile('programs/hello-node.mjs'), { node, core: serverCore, env: { PORT: String(port) } });
  const [warmUp, calls] = quick ? [3_000, 6_000] : [10_000, 30_000];
  try {
    await Promise.race([accepting(port), server.failed]);
    /** @type {(side: keyof typeof sides) => Promise<{ cpuUs: number, perSecond: number }>} */
    const run = async (side) => {
      const client = new Program(programFile(sides[side]), { node, core: clientCore, env: { NODE_ENV: 'production' } });
      try {
        return await Promise.race([client.ask({ port, warmUp, calls }, 120_000), server.failed]);
      } finally {
        await client.end();
      }
    };
    const results = await inTurn(count, /** @type {(keyof typeof sides)[]} */ (Object.keys(sides)), run, progress);
    const rows = /** @type {const} */ (['undici.request', 'fetch']).flatMap((against) => [
      toRow({
        what: 'CPU per call',
        against,
        unit: 'µs',
        ours: results.patron.map((one) => one.cpuUs),
        theirs: results[against].map((one) => one.cpuUs),
      }),
      toRow({
        what: 'throughput',
        against,
        unit: '/s',
        ours: results.patron.map((one) => one.perSecond),
        theirs: results[against].map((one) => one.perSecond),
      }),
    ]);
    return {
      rows,
      notes: ['patron carries correlation id and traceparent, counts, times and bounds each call; the others do none of that'],
    };
  } finally {
    await server.end();
  }
}
