import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { Advice } from '../../lib/progress.mjs';

/**
 * Where a run took place. What else the machine was doing belongs to it: pairs cancel a steady neighbour, not a restless one.
 * @param {string} node
 */
export function machine(node) {
  const { status, stdout, error } = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) throw new Advice(`--node ${node} does not run: ${error?.message ?? `exit code ${status}`}`);
  const [load = 0] = loadavg();
  return {
    node: stdout.trim().replace(/^v/, ''),
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    load: Math.round(load * 100) / 100,
    pinned,
  };
}

/** @typedef {ReturnType<typeof machine>} Machine */

/** Whether server and client can be kept on a core each; elsewhere than on Linux there is no taskset. */
export const pinned = cpus().length > 1 && spawnSync('taskset', ['-c', '0', process.execPath, '-e', '0'], { timeout: 10_000 }).status === 0;

/**
 * @param {number | undefined} core undefined: any
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function onCore(core, command, args) {
  return core === undefined || !pinned ? [command, [...args]] : ['taskset', ['-c', String(core), command, ...args]];
}

/** @param {string} version as in `process.versions.node` */
export const major = (version) => Number(version.split('.')[0]);
