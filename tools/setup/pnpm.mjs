import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Advice, step } from '../lib/progress.mjs';
import { readJson, repository } from '../lib/repository.mjs';
import { lastLines, run } from '../lib/run.mjs';
import { childEnv, pnpmFolder } from './environment.mjs';

/**
 * The pnpm that package.json pins: the one installed here before, or one on the PATH, or npm installs it below .cache.
 * Without corepack, which newer Nodes no longer bring.
 * @returns {Promise<string>} pnpm's script, to be run by Node
 */
export async function findPnpm() {
  const version = pinnedVersion();
  const ours = join(pnpmFolder, 'node_modules', 'pnpm');
  if (versionAt(ours) === version) return join(ours, 'bin', 'pnpm.cjs');
  const found = onPath(version);
  if (found) return found;
  await step(`pnpm ${version}: installing it in .cache`, () => installPnpm(version));
  return join(ours, 'bin', 'pnpm.cjs');
}

function pinnedVersion() {
  const pin = readJson(join(repository, 'package.json')).packageManager;
  const version = /^pnpm@(\d+\.\d+\.\d+)/.exec(pin)?.[1];
  if (!version) throw new Advice(`package.json: packageManager should pin pnpm, like "pnpm@10.34.9"; it says ${JSON.stringify(pin)}.`);
  return version;
}

/** @param {string} folder */
function versionAt(folder) {
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) ? readJson(manifest).version : undefined;
}

/**
 * Looks at the files of global installs instead of asking each `pnpm` for its version: that would cost half a second
 * on every run, and a corepack shim would answer with a download.
 * @param {string} version
 */
function onPath(version) {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (!folder || !existsSync(join(folder, 'pnpm'))) continue;
    const candidate = join(folder, '..', 'lib', 'node_modules', 'pnpm');
    if (versionAt(candidate) === version) return join(candidate, 'bin', 'pnpm.cjs');
  }
  return undefined;
}

/** @param {string} version */
async function installPnpm(version) {
  mkdirSync(pnpmFolder, { recursive: true });
  const args = ['install', '--prefix', pnpmFolder, '--no-audit', '--no-fund', '--save-exact', '--loglevel=error', `pnpm@${version}`];
  const { code, output, missing } = await run('npm', args, { cwd: pnpmFolder, env: childEnv() });
  if (missing) throw new Advice('npm was not found on the PATH. It comes with Node; the set-up needs it once, to install pnpm.');
  if (code !== 0) throw installFailure(`npm could not install pnpm ${version}.`, output);
}

const network = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET|network|certificate/i;

/**
 * Most failures of a first install are the network's: then three lines of output say enough.
 * @param {string} problem
 * @param {string} output
 */
export function installFailure(problem, output) {
  if (!network.test(output)) return new Advice(`${problem} Its last lines:`, lastLines(output));
  const lines = output.split('\n').filter((line) => network.test(line));
  const hint =
    'The npm registry cannot be reached from here: check the network, the proxy settings and your .npmrc, then run the same command again.';
  return new Advice(`${problem} ${hint}`, lines.slice(0, 3).join('\n'));
}
