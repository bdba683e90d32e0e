import { inTurn, median } from '../lib/pairs.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

export const title = 'metrics: one histogram of 14 buckets with three labels; ten of its series in use among many; CPU time';
export const pairs = 7;

const sides = { patron: 'programs/metrics-patron.mjs', 'prom-client': 'peers/metrics-prom-client.mjs' };

/** Few, the cap that a metric has by default, and five times that. */
const sizes = [10, 2000, 10_000];
const calls = /** @type {const} */ ({ observe: 'observe, series held', labels: 'labels() and observe' });

/** How much a call may cost more among many series than among ten. */
const maxGrowth = 1.2;

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, _machine, progress) {
  const names = /** @type {(keyof typeof sides)[]} */ (Object.keys(sides));
  const results = await inTurn(settings.pairs, names, (side) => figures(side, settings), progress);
  const rows = [];
  const of = (/** @type {keyof typeof sides} */ side, /** @type {string} */ key) => results[side].map((one) => one[key] ?? Number.NaN);
  for (const [what, shown] of Object.entries(calls)) {
    for (const size of sizes) {
      rows.push(
        toRow({
          what: `${shown}, ${size} series`,
          against: 'prom-client',
          unit: 'ns',
          ours: of('patron', what + size),
          theirs: of('prom-client', what + size),
        }),
      );
    }
    for (const size of sizes.slice(1)) {
      const row = { what: `${shown}, ${size} series`, against: 'itself, 10', unit: 'ns', maxRatio: maxGrowth };
      rows.push(toRow({ ...row, ours: of('patron', what + size), theirs: of('patron', `${what}10`) }));
    }
  }
  const scrape = { what: 'scrape of 170,000 lines', against: 'prom-client', unit: 'ms' };
  rows.push(toRow({ ...scrape, ours: of('patron', 'scrape'), theirs: of('prom-client', 'scrape') }));
  const stretch = { what: 'its longest stretch', against: 'prom-client', unit: 'ms', maxValue: 50 };
  rows.push(toRow({ ...stretch, ours: of('patron', 'longest'), theirs: of('prom-client', 'longest') }));
  const megabytes = (/** @type {keyof typeof sides} */ side) => (median(of(side, 'characters')) / 1e6).toFixed(1);
  return { rows, notes: [`a scrape is ${megabytes('patron')} MB of patron's and ${megabytes('prom-client')} MB of prom-client's`] };
}

/**
 * @param {keyof typeof sides} side
 * @param {import('../main.mjs').Settings} settings
 * @returns {Promise<Record<string, number>>}
 */
async function figures(side, { node, quick }) {
  const cpuMs = quick ? 100 : 300;
  /** @type {Record<string, number>} */
  const found = {};
  for (const what of Object.keys(calls)) {
    for (const series of sizes) found[what + series] = (await alone(side, node, { what, series, cpuMs })).nanoseconds;
  }
  const scraped = await alone(side, node, { what: 'scrape', series: 10_000, cpuMs });
  return { ...found, scrape: scraped.milliseconds, longest: scraped.longestMs, characters: scraped.characters };
}

/**
 * One case in a process of its own: after another one in the same process the compiler has other ideas of the same loop.
 * @param {keyof typeof sides} side
 * @param {string} node
 * @param {{ what: string, series: number, cpuMs: number }} question
 */
async function alone(side, node, question) {
  const program = new Program(programFile(sides[side]), { node, core: 0 });
  try {
    return await program.ask(question, 120_000);
  } finally {
    await program.end();
  }
}
