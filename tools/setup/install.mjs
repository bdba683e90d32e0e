import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, step } from '../lib/progress.mjs';
import { packagesOf, repository } from '../lib/repository.mjs';
import { lastLines, run } from '../lib/run.mjs';
import { cache, childEnv } from './environment.mjs';
import { installFailure } from './pnpm.mjs';

const stampFile = join(cache, 'setup', 'installed');

// A native package (node-rdkafka will be the first) is compiled by this step. That's the place to ask for a C++ toolchain,
// make and Python before pnpm starts, so that a stranger reads one sentence instead of node-gyp's log.

/**
 * `pnpm install`, only when something it depends on has changed since the last one.
 * @param {string} pnpm
 * @param {{ update: boolean }} options update: rewrite the lockfile
 */
export async function installPackages(pnpm, { update }) {
  if (!update && isInstalled()) return;
  await step('packages: pnpm install', async () => {
    // confirmModulesPurge: nobody is there to answer whether a node_modules made by another version may be replaced.
    const lock = update ? '--no-frozen-lockfile' : '--frozen-lockfile';
    const args = [pnpm, 'install', lock, '--prefer-offline', '--reporter=append-only', '--config.confirmModulesPurge=false'];
    const { code, output } = await run(process.execPath, args, { cwd: repository, env: childEnv() });
    if (code !== 0) throw failure(output);
    mkdirSync(join(cache, 'setup'), { recursive: true });
    writeFileSync(stampFile, stamp());
  });
}

function isInstalled() {
  const folders = [repository, ...workspace().map((one) => one.path)];
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp() && folders.every(hasItsModules);
}

/**
 * A package without dependencies has no node_modules of its own.
 * @param {string} folder
 */
function hasItsModules(folder) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const names = Object.keys({ ...dependencies, ...devDependencies });
  return names.length === 0 || existsSync(join(folder, 'node_modules'));
}

const workspace = () => [...packagesOf(repository, 'packages'), ...packagesOf(repository, 'examples')];

/** What an install depends on; Node's major version because native packages are compiled for it. */
function stamp() {
  const hash = createHash('sha256').update(`${process.versions.node.split('.')[0]} ${process.platform} ${process.arch}\n`);
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...workspace().map((one) => `${one.folder}/package.json`)];
  for (const file of files) {
    const path = join(repository, file);
    hash.update(`${file}\n`).update(existsSync(path) ? readFileSync(path) : '-');
  }
  return hash.digest('hex');
}

/** @param {string} output */
function failure(output) {
  if (output.includes('ERR_PNPM_OUTDATED_LOCKFILE')) {
    return new Advice(
      'pnpm-lock.yaml does not fit the package.json files. After a change to one of them, run `npm run setup -- --update`.',
      lastLines(output, 8),
    );
  }
  return installFailure('pnpm install failed.', output);
}
