import { launchNothing, launchService } from '../lib/launch.mjs';
import { inTurn } from '../lib/pairs.mjs';
import { programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

export const title = 'start: from the start of the process to the first answer of a hello service';
export const pairs = 9;

const sides = {
  patron: 'programs/hello-patron.mjs',
  'Fastify 5': 'peers/hello-fastify.mjs',
  'NestJS 12': 'peers/hello-nest.mjs',
  'node -e 0': undefined,
};
/** @typedef {keyof typeof sides} Side */

/** @type {Partial<Record<Side, number>>} */
const maxRatio = { 'Fastify 5': 1.5, 'NestJS 12': 1 };

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure({ node, pairs }, _machine, progress) {
  const names = /** @type {Side[]} */ (Object.keys(sides));
  const launch = (/** @type {Side} */ side) => (sides[side] ? launchService(node, programFile(sides[side])) : launchNothing(node));
  // Once unmeasured: brings the files of all sides into memory.
  for (const side of names) await launch(side);
  const results = await inTurn(pairs, names, launch, progress);
  const ms = (/** @type {Side} */ side) => results[side].map((one) => one.ms);
  const cpu = (/** @type {Side} */ side) => results[side].flatMap((one) => one.cpuMs ?? []);
  const others = names.slice(1);
  const rows = others.map((against) => {
    const goal = maxRatio[against];
    return toRow({ what: 'time', against, unit: 'ms', ours: ms('patron'), theirs: ms(against), ...(goal && { maxRatio: goal }) });
  });
  const withCpu = others.filter((side) => cpu(side).length > 0);
  return {
    rows: [...rows, ...withCpu.map((against) => toRow({ what: 'CPU', against, unit: 'ms', ours: cpu('patron'), theirs: cpu(against) }))],
  };
}
