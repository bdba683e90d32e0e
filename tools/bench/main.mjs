import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { explain } from '../lib/progress.mjs';
import { setUp } from '../setup/commands.mjs';
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
 */

/**
 * @typedef {object} Suite a module of suites/
 * @property {string} title
 * @property {number} pairs by default
 * @property {(settings: Settings, machine: import('./lib/machine.mjs').Machine, progress: (line: string) => void) => Promise<{ rows: import('./lib/row.mjs').Row[], notes?: string[] }>} measure
 */

const names = {
  http: 'a route with a JSON answer, everything on, against Fastify and node:http (P1, P3)',
  log: 'a level that is off, a line, a sub-logger, against pino and winston (P13)',
  start: 'from process start to the first answer, against Fastify and NestJS (P14)',
};

const usage = `usage: pnpm bench <name> [options]

${Object.entries(names)
  .map(([name, what]) => `  ${name.padEnd(12)} ${what}`)
  .join('\n')}

  --pairs N    how many pairs; at least five for a verdict
  --node PATH  the node that runs both sides (default: this one)
  --headers    http: each request carries traceparent and x-correlation-id, as behind a gateway
  --quick      three pairs, fewer operations: shows that it works, decides nothing
  --json FILE  writes everything that was measured, too
  --no-build   measures what was built last`;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      pairs: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      headers: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      build: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const pairs = values.pairs === undefined ? undefined : Number(values.pairs);
  if (pairs !== undefined && !(Number.isInteger(pairs) && pairs > 0)) throw new Error(`--pairs takes a number from 1: ${values.pairs}`);
  const [name] = positionals;
  if (name !== undefined && !Object.hasOwn(names, name)) throw new Error(`there is no benchmark ${name}`);
  return { ...values, pairs, name: values.help ? undefined : name };
}

/** @param {ReturnType<typeof readArguments>} values */
async function main({ name, ...values }) {
  if (name === undefined) return console.log(usage);
  await setUp({ withBuild: values.build });
  await installPeers();
  /** @type {Suite} */
  const suite = await import(`./suites/${name}.mjs`);
  const settings = { ...values, pairs: values.pairs ?? (values.quick ? 3 : suite.pairs) };
  const where = machine(values.node);
  const progress = new Progress();
  const { rows, notes = [] } = await suite.measure(settings, where, progress.show).finally(progress.clear);
  console.log(`\n${suite.title}; ${settings.pairs === 1 ? 'one pair' : `${settings.pairs} pairs in turn`}`);
  console.log(
    `Node ${where.node}, ${where.platform}, ${where.cores} x ${where.cpu}${where.pinned ? '' : ', no taskset: not pinned'}, load ${where.load} before\n`,
  );
  console.log(table(rows));
  if (settings.pairs < 5 || values.quick) notes.push('too few pairs or operations for a verdict: --pairs 7 without --quick');
  for (const note of notes) console.log(`\n${note}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ bench: name, settings, machine: where, rows, notes }, null, 2)}\n`);
}

/** @returns {ReturnType<typeof readArguments>} */
function argumentsOrUsage() {
  try {
    return readArguments();
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
