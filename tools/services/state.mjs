import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, kill, runsIn } from './processes.mjs';

/**
 * What a folder's state.json says about the component whose data lie there.
 * @typedef {object} State
 * @property {string} address what clients connect to
 * @property {number | null} owner the process that it belongs to and ends with; null: it stays until it is told to go
 * @property {string} since
 * @property {number[]} pids
 */

/**
 * @param {string} folder
 * @returns {State | undefined}
 */
export function readState(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * @param {string} folder
 * @param {State} state
 */
export function writeState(folder, state) {
  const draft = join(folder, 'state.json.new');
  writeFileSync(draft, JSON.stringify(state, null, 2));
  renameSync(draft, join(folder, 'state.json'));
}

/**
 * Does any of its processes still run? Else it is what a crash or a restart of the machine has left.
 * @param {string} folder
 * @param {State} state
 */
export async function isUp(folder, { pids }) {
  const answers = await Promise.all(pids.map((pid) => runsIn(pid, folder)));
  return answers.includes(true);
}

/**
 * Ends what runs there and removes the folder.
 * @param {string} folder
 */
export async function remove(folder) {
  if (!existsSync(folder)) return;
  await Promise.all((readState(folder)?.pids ?? []).map((pid) => end(pid, folder)));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Folders of test runs begin with this, in the system's folder for temporary files, which other users may share. */
export const temporary = join(tmpdir(), `patron-services-${process.getuid?.() ?? 'user'}-`);

/** Removes what test runs have left that were killed together with whoever should have cleaned up after them. */
export async function sweep() {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (!folder.startsWith(temporary)) continue;
    const owner = readState(folder)?.owner;
    if (typeof owner === 'number' && !kill(owner, 0)) await remove(folder);
  }
}
