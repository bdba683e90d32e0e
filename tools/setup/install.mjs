import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, step } from '../lib/progress.mjs';
import { packagesOf, repository } from '../lib/repository.mjs';
import { lastLines, run } from '../lib/run.mjs';
import { cache, childEnv } from './environment.mjs';
import { announce, isNativeKept } from './native.mjs';
import { installFailure } from './pnpm.mjs';

const stampFile = join(cache, 'setup', 'installed');

/**
 * `pnpm install`, only when something it depends on has changed since the last one.
 * @param {string} pnpm
 * @param {{ update: boolean, withNative: boolean }} options update: rewrite the lockfile; withNative: compile what is native
 */
export async function installPackages(pnpm, { update, withNative }) {
  if (!update && isInstalled()) return;
  // pnpm compiles while it installs, or takes what it has compiled before, for another clone, from its store.
  const compiles = withNative && !isNativeKept();
  if (compiles) await announce();
  await step(`packages: pnpm install${compiles ? ', which may compile for minutes' : ''}`, async () => {
    // confirmModulesPurge: nobody is there to answer whether a node_modules made by another version may be replaced.
    const lock = update ? '--no-frozen-lockfile' : '--frozen-lockfile';
    const args = [pnpm, 'install', lock, '--prefer-offline', '--reporter=append-only', '--config.confirmModulesPurge=false'];
    if (!compiles) args.push('--ignore-scripts');
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

/** What an install depends on. Not the version of Node: what is compiled for one is native.mjs's affair. */
function stamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
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
