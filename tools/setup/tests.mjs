import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, repository } from '../lib/repository.mjs';
import { runHere } from '../lib/run.mjs';
import { cache } from './environment.mjs';

// Flags, not NODE_OPTIONS: jest hands them to its workers, and the services that tests start don't inherit them.
const nodeFlags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

// A client of librdkafka may never come back from its goodbye, and then nothing but a kill ends its process.
const EXIT_MS = 30_000;

/** @param {import('./jest-counts.mjs').Counts} counts */
const codeOf = ({ failed }) => (failed > 0 ? 1 : 0);

/**
 * Runs jest and ends with one plain line for machines: `N passed, N failed`.
 * @param {string[]} args for jest
 * @returns {Promise<number>} the exit code
 */
export async function runTests(args) {
  const resultFile = join(cache, 'setup', `jest-result-${process.pid}.json`);
  mkdirSync(join(cache, 'setup'), { recursive: true });
  const jest = join(repository, 'node_modules', 'jest', 'bin', 'jest.js');
  // After the user's arguments: --reporters takes every word that follows it for a reporter.
  const reporters = ['--reporters=default', `--reporters=${join(repository, 'tools', 'setup', 'jest-counts.mjs')}`];
  const held = new AbortController();
  const watch = setInterval(() => {
    if (existsSync(resultFile) && Date.now() - statSync(resultFile).mtimeMs > EXIT_MS) held.abort();
  }, 1000);
  const ended = await runHere(process.execPath, [...nodeFlags, jest, ...args, ...reporters], {
    cwd: repository,
    env: { ...process.env, JEST_COUNTS_FILE: resultFile },
    giveUp: held.signal,
  });
  clearInterval(watch);
  const code = held.signal.aborted ? codeOf(readJson(resultFile)) : ended;
  if (held.signal.aborted) {
    console.error(
      `\nAll tests have run, but something held jest's process for ${EXIT_MS / 1000} s more, and it was killed. A Kafka client`,
    );
    console.error('whose goodbye does not come back does that; --detectOpenHandles names what else it may be.');
  }
  // `--listTests`, `--help` and their like are no test runs.
  if (!existsSync(resultFile) && code === 0 && args.some((arg) => /^--(listTests|help|showConfig|clearCache|version)/.test(arg))) return 0;
  /** @type {import('./jest-counts.mjs').Counts} */
  const counts = existsSync(resultFile) ? readJson(resultFile) : { passed: 0, failed: 0, skipped: 0 };
  rmSync(resultFile, { force: true });
  return report(counts, code);
}

/**
 * @param {import('./jest-counts.mjs').Counts} counts
 * @param {number} code jest's own
 */
function report(counts, code) {
  const { line, warning, exitCode } = closing(counts, code);
  if (warning) console.error(`\n${warning}`);
  console.log(`\n${line}`);
  return exitCode;
}

/**
 * @param {import('./jest-counts.mjs').Counts} counts
 * @param {number} code jest's own
 */
export function closing({ passed, failed, skipped }, code) {
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  if (passed + failed > 0) return { line, exitCode: code };
  return {
    line,
    exitCode: code || 1,
    warning: 'No test ran: nothing matches the arguments, everything was skipped, or jest could not start. That is no success.',
  };
}
