import { writeFileSync } from 'node:fs';
import { explain } from '../lib/progress.mjs';
import { setUp } from '../setup/commands.mjs';
import { findNode } from '../setup/nodes.mjs';
import { readArguments, usage } from './lib/arguments.mjs';
import { machine } from './lib/machine.mjs';
import { installPeers } from './lib/peers.mjs';
import { Progress } from './lib/progress.mjs';
import { table } from './lib/table.mjs';

/**
 * @typedef {object} Settings
 * @property {number} pairs
 * @property {string} node the program that runs both sides
 * @property {boolean} quick fewer operations: to see that it works, not for a verdict
 * @property {boolean} headers http: requests carry traceparent and x-correlation-id
 * @property {string | undefined} profile http: the folder that CPU profiles are written to
 */

/**
 * @typedef {object} Outcome
 * @property {import('./lib/row.mjs').Row[]} rows
 * @property {string[]} [notes]
 * @property {string[]} [reports] further tables, for reading only
 */

/**
 * @typedef {object} Suite a module of suites/
 * @property {string} title
 * @property {number} pairs by default
 * @property {boolean} [isExact] counts what is the same each time: one look decides
 * @property {(settings: Settings, machine: import('./lib/machine.mjs').Machine, progress: (line: string) => void) => Promise<Outcome>} measure
 */

/** @param {ReturnType<typeof readArguments>} values */
async function main({ name, ...values }) {
  if (name === undefined) return console.log(usage);
  await setUp({ withBuild: values.build });
  await installPeers();
  /** @type {Suite} */
  const suite = await import(`./suites/${name}.mjs`);
  const node = await findNode(values.node);
  const settings = { ...values, node, pairs: suite.isExact ? 1 : (values.pairs ?? (values.quick ? 3 : suite.pairs)) };
  const where = machine(node);
  const progress = new Progress();
  const { rows, notes = [], reports = [] } = await suite.measure(settings, where, progress.show).finally(progress.clear);
  const pairs = settings.pairs === 1 ? 'one pair' : `${settings.pairs} pairs in turn`;
  console.log(`\n${suite.title}${suite.isExact ? '' : `; ${pairs}`}`);
  console.log(
    `Node ${where.node}, ${where.platform}, ${where.cores} x ${where.cpu}${where.pinned ? '' : ', no taskset: not pinned'}, load ${where.load} before\n`,
  );
  console.log(table(rows));
  if (!suite.isExact && (settings.pairs < 5 || values.quick))
    notes.push('too few pairs or operations for a verdict: --pairs 7 without --quick');
  for (const text of [...notes, ...reports]) console.log(`\n${text}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ bench: name, settings, machine: where, rows, notes }, null, 2)}\n`);
}

/** @returns {ReturnType<typeof readArguments>} */
function argumentsOrUsage() {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`);
    process.exit(2);
  }
}

main(argumentsOrUsage()).then(
  () => process.exit(0),
  (error) => {
    explain(error);
    process.exit(1);
  },
);
