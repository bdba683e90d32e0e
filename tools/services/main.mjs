// Real components at one's desk: `npm run services -- up kafka`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Advice, explain, step } from '../lib/progress.mjs';
import { repository } from '../lib/repository.mjs';
import { launchKafka } from './kafka.mjs';
import { findKafka } from './kafka-libraries.mjs';
import { isUp, readState, remove } from './state.mjs';

const usage = `usage: npm run services -- <command>

  up kafka [--nodes 3] [--partitions 4]   Apache Kafka on free ports of this machine; prints its address once it is ready
  status                                  what is up
  down                                    ends it and removes its data
  fetch kafka                             fetches what \`up\` needs, and starts nothing`;

const folder = join(repository, '.cache', 'services', 'kafka');

/** @param {string[]} argv */
async function main(argv) {
  const { values, positionals } = parsed(argv);
  switch (positionals.join(' ')) {
    case 'up kafka':
      return await up({ nodes: values.nodes, partitions: values.partitions });
    case 'status':
      return await status();
    case 'down':
      return await down();
    case 'fetch kafka':
      await findKafka();
      return;
    default:
      throw new Advice(usage);
  }
}

/** @param {string[]} argv */
function parsed(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: { nodes: { type: 'string', default: '1' }, partitions: { type: 'string', default: '4' } },
    });
  } catch (error) {
    throw new Advice(`${/** @type {Error} */ (error).message}\n\n${usage}`);
  }
}

/** @param {{ nodes: string, partitions: string }} options */
async function up({ nodes, partitions }) {
  if (nodes !== '1' && nodes !== '3') throw new Advice(`--nodes is 1 or 3, not ${nodes}.`);
  if (!/^[1-9]\d{0,3}$/.test(partitions)) throw new Advice(`--partitions is a number from 1 to 9999, not ${partitions}.`);
  const state = readState(folder);
  if (state && (await isUp(folder, state))) {
    console.error('Kafka is up already; `npm run services -- down` ends it.');
    console.log(state.address);
    return;
  }
  await remove(folder);
  mkdirSync(folder, { recursive: true });
  const options = {
    nodes: nodes === '1' ? /** @type {const} */ (1) : /** @type {const} */ (3),
    partitions: Number(partitions),
    owner: null,
  };
  await findKafka();
  // Half a cluster is of no use to anybody.
  process.once('SIGINT', () => void remove(folder).finally(() => process.exit(130)));
  const cluster = await step(`Kafka: starting ${nodes === '1' ? 'one node' : 'three nodes'}`, () => launchKafka(folder, options));
  console.log(cluster.brokers);
}

async function status() {
  const state = readState(folder);
  if (!state || !(await isUp(folder, state))) return console.log('nothing is up');
  console.log(`kafka  ${state.address}  since ${state.since}, processes ${state.pids.join(', ')}, data and logs in ${folder}`);
}

async function down() {
  await remove(folder);
}

main(process.argv.slice(2)).catch((/** @type {unknown} */ error) => {
  explain(error);
  process.exitCode = error instanceof Error && error.message.includes('usage:') ? 2 : 1;
});
