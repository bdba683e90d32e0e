import { inTurn } from '../lib/pairs.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

const counts = [1, 100, 10_000, 100_000];
const maxRatio = 1.2;

export const title = 'lanes: a record through the pipeline, everything on, by the number of lanes';
export const pairs = 7;

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure({ pairs: count, node, quick }, _machine, progress) {
  const results = await inTurn(
    count,
    counts.map(String),
    async (lanes) => {
      const program = new Program(programFile('programs/lanes.mjs'), { node, core: 0, env: { NODE_ENV: 'production' } });
      try {
        return await program.ask({ lanes: Number(lanes), records: quick ? 100_000 : 400_000 }, 120_000);
      } finally {
        await program.end();
      }
    },
    progress,
  );
  const cpu = (/** @type {number} */ lanes) => /** @type {{ cpuUs: number }[]} */ (results[String(lanes)]).map((one) => one.cpuUs);
  const [one = 1, ...more] = counts;
  return {
    rows: more.map((lanes) =>
      toRow({
        what: `CPU per record, ${lanes.toLocaleString('en-US')} lanes`,
        against: 'one lane',
        unit: 'µs',
        ours: cpu(lanes),
        theirs: cpu(one),
        maxRatio,
      }),
    ),
  };
}
