import { devNull, drainedPipe } from '../lib/outputs.mjs';
import { inTurn } from '../lib/pairs.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

/** @typedef {import('../programs/log-cases.mjs').Cases} Cases */

export const title = 'log: CPU time per call, system time included; a line has two fields and srv, ver, host, time';
export const pairs = 7;

const sides = { patron: 'programs/log-patron.mjs', pino: 'peers/log-pino.mjs', winston: 'peers/log-winston.mjs' };
const outputs = { '/dev/null': devNull, 'a pipe': () => drainedPipe(1) };

/** @type {Record<keyof Cases, { what: string, writes: boolean, maxValue?: number, maxRatio?: Partial<Record<keyof typeof sides, number>> }>} */
const cases = {
  disabled: { what: 'level off', writes: false, maxValue: 25 },
  sub: { what: 'sub-logger', writes: false, maxRatio: { pino: 1 } },
  line: { what: 'line', writes: true, maxRatio: { winston: 0.6 } },
  contextLine: { what: 'line in a context', writes: true },
  subLine: { what: 'sub-logger, line', writes: true },
};

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, _machine, progress) {
  const rows = [];
  for (const [output, open] of Object.entries(outputs)) {
    // What writes nothing doesn't care where to.
    const names = entries(cases).flatMap(([name, { writes }]) => (writes || output === '/dev/null' ? [name] : []));
    const run = (/** @type {keyof typeof sides} */ side) => calls(side, names, open, settings);
    const results = await inTurn(settings.pairs, keys(sides), run, (line) => progress(`${output}, ${line}`));
    for (const name of names) {
      const { what, writes, maxValue, maxRatio } = cases[name];
      for (const against of /** @type {const} */ (['pino', 'winston'])) {
        const [ours, theirs] = [results.patron, results[against]].map((side) => side.map((one) => one[name]));
        const goal = { ...(maxValue && { maxValue }), ...(maxRatio?.[against] && { maxRatio: maxRatio[against] }) };
        rows.push(
          toRow({ what: writes ? `${what}, to ${output}` : what, against, unit: 'ns', ours: ours ?? [], theirs: theirs ?? [], ...goal }),
        );
      }
    }
  }
  return { rows };
}

/**
 * @param {keyof typeof sides} side
 * @param {(keyof Cases)[]} only
 * @param {() => import('../lib/outputs.mjs').Output} open
 * @param {import('../main.mjs').Settings} settings
 * @returns {Promise<Record<keyof Cases, number>>} nanoseconds per call
 */
async function calls(side, only, open, { node, quick }) {
  const output = open();
  const program = new Program(programFile(sides[side]), { node, core: 0, output: output.fd });
  try {
    const { nanoseconds } = await program.ask({ only, cpuMs: quick ? 100 : 400 }, 120_000);
    return nanoseconds;
  } finally {
    await program.end();
    output.close();
  }
}

/** @template {object} T @param {T} object */
const keys = (object) => /** @type {(keyof T)[]} */ (Object.keys(object));

/** @template {object} T @param {T} object */
const entries = (object) => /** @type {[keyof T, T[keyof T]][]} */ (Object.entries(object));
