import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../lib/run.mjs';

// Processes that somebody else started and that left us nothing but their number. Numbers are used again: whatever is to be
// signalled has to name, in its command line, the folder that it works in.

/**
 * Does this process run, and is it the one that was started for that folder?
 * @param {number} pid
 * @param {string} folder
 * @returns {Promise<boolean>} false also for one that has ended and whose parent has not asked
 */
export async function runsIn(pid, folder) {
  return (await commandLine(pid)).includes(folder);
}

/** @param {number} pid */
async function commandLine(pid) {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  }
  const { output } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return output;
}

/**
 * Is every thread of it stopped? A SIGSTOP reaches them one after the other.
 * @param {number} pid
 */
export async function isStopped(pid) {
  if (process.platform === 'linux') {
    // The state is the first word behind the name, which is in parentheses and may hold anything.
    const states = readdirSync(`/proc/${pid}/task`).map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ').at(-1),
    );
    return states.every((state) => state?.startsWith('T'));
  }
  const { output } = await run('ps', ['-o', 'state=', '-p', String(pid)]);
  return output.trim().startsWith('T');
}

/**
 * Ends it at once, and waits until it has.
 * @param {number} pid
 * @param {string} folder
 */
export async function end(pid, folder) {
  if (!(await runsIn(pid, folder))) return;
  kill(pid, 'SIGKILL');
  // Nobody tells the end of a process that is no child.
  while (await runsIn(pid, folder)) await delay(20);
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} false: it had ended
 */
export function kill(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
    throw error;
  }
}
