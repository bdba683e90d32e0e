import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, step } from '../lib/progress.mjs';
import { run } from '../lib/run.mjs';
import { cache, childEnv } from './environment.mjs';
import { installFailure } from './pnpm.mjs';

/** The Nodes beside the floor on which everything is tried; .ci/run names them too, and a test keeps both equal. */
export const otherNodes = ['22.23.3', '24.21.0'];

/** The newest of the floor's line, for whoever runs this with a later one. */
const floorNode = '20.20.2';

/**
 * What `--node` means: a program's path as it is, `24` or `24.21.0` the Node of that version, which npm installs below .cache
 * where it is missing (a package node-PLATFORM-ARCH holds nothing but the program and its headers).
 * @param {string} wanted
 * @returns {Promise<string>} the program
 */
export async function findNode(wanted) {
  const version = versionOf(wanted);
  if (version === undefined) return wanted;
  if (version === process.versions.node) return process.execPath;
  const target = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, `node${version}`);
  const program = join(folder, 'node_modules', target, 'bin', 'node');
  if (existsSync(program)) return program;
  await step(`Node ${version}: installing it in .cache`, async () => {
    mkdirSync(folder, { recursive: true });
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', '--loglevel=error', `${target}@${version}`];
    const { code, output } = await run('npm', args, { cwd: folder, env: childEnv() });
    if (code !== 0) throw installFailure(`npm could not install Node ${version}.`, output);
  });
  return program;
}

/**
 * @param {string} wanted
 * @returns {string | undefined} undefined: it is no version
 */
export function versionOf(wanted) {
  if (/^\d+\.\d+\.\d+$/.test(wanted)) return wanted;
  if (!/^\d+$/.test(wanted)) return undefined;
  const known = [process.versions.node, ...otherNodes, floorNode];
  const version = known.find((one) => one.startsWith(`${wanted}.`));
  if (version === undefined) {
    const majors = new Set(known.map((one) => one.split('.')[0]));
    throw new Advice(
      `There is no Node ${wanted} among those that are known here: give ${[...majors].join(', ')}, a full version or a path.`,
    );
  }
  return version;
}
