import { setUp } from '../setup/commands.mjs';
import { explain, seconds } from '../lib/progress.mjs';
import { repository } from '../lib/repository.mjs';

/**
 * @typedef {object} Result
 * @property {string[]} problems one line each: file and rule; any fails the check
 * @property {string[]} [notes] worth a look, no failure
 */
/** @typedef {(root: string, options: { write: boolean }) => Promise<Result>} Check */

// In the order of their cost, so that a first problem shows soon. Each is a module beside this file with one `check`.
const names = ['graph', 'sizes', 'workspace', 'format', 'docs', 'types', 'lint', 'examples', 'packed'];

// The others read sources only, and so can be asked while something does not build.
const needBuild = ['workspace', 'docs', 'lint', 'examples', 'packed'];

const usage = `usage: node tools/checks/main.mjs [--write] [${names.join('|')} …]

Runs all checks, or the named ones. --write lets a check correct what it can (docs: the tables in the pages).`;

/** @param {string[]} argv */
async function main(argv) {
  const options = { write: argv.includes('--write') };
  const named = argv.filter((arg) => !arg.startsWith('--'));
  const chosen = named.length > 0 ? named : names;
  if (argv.some((arg) => arg.startsWith('--') && arg !== '--write') || chosen.some((name) => !names.includes(name))) {
    console.error(usage);
    return 2;
  }
  await setUp({ withBuild: chosen.some((name) => needBuild.includes(name)) });
  let failures = 0;
  for (const name of chosen) if (!(await runCheck(name, options))) failures++;
  return failures === 0 ? 0 : 1;
}

/**
 * @param {string} name
 * @param {{ write: boolean }} options
 */
async function runCheck(name, options) {
  const start = performance.now();
  /** @type {{ check: Check }} */
  const { check } = await import(`./${name}.mjs`);
  // A check that cannot even look (pnpm pack fails, say) has found a problem too; the others still run.
  const { problems, notes = [] } = await check(repository, options).catch((/** @type {Error} */ error) => ({
    problems: [error.name === 'Advice' ? error.message : String(error.stack)],
    notes: [],
  }));
  const verdict = problems.length === 0 ? 'ok' : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${name.padEnd(10)} ${verdict.padEnd(14)} ${seconds(performance.now() - start)}`);
  for (const line of [...problems, ...notes]) console.log(line.replace(/^/gm, '    '));
  return problems.length === 0;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error) => {
    explain(error);
    process.exitCode = 1;
  },
);
