import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../../checks/packed-tarball.mjs';
import { Advice } from '../../lib/progress.mjs';
import { packagesOf, readJson, repository } from '../../lib/repository.mjs';
import { run } from '../../lib/run.mjs';
import { childEnv } from '../../setup/environment.mjs';
import { installFailure } from '../../setup/pnpm.mjs';
import { installed } from '../lib/installed.mjs';
import { programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

export const title = 'install: what npm brings into an empty folder, for production';
export const pairs = 1;
export const isExact = true;

const ours = ['@patron/core', '@patron/http'];
const others = {
  'NestJS 12 on Fastify': ['@nestjs/common', '@nestjs/core', '@nestjs/platform-fastify', 'reflect-metadata', 'rxjs'],
  'Fastify 5': ['fastify'],
};

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(_settings, _machine, progress) {
  const folder = mkdtempSync(join(tmpdir(), 'patron-bench-install-'));
  try {
    progress('packing our packages');
    const patron = await npmInstall(join(folder, 'patron'), await packed(folder));
    const { dependencies: versions } = readJson(programFile('peers/package.json'));
    const rows = [];
    for (const [against, names] of Object.entries(others)) {
      progress(against);
      const peer = await npmInstall(join(folder, against), Object.fromEntries(names.map((name) => [name, versions[name]])));
      // Fewer and smaller than NestJS is the goal; Fastify alone is a router, and there to compare.
      const goal = against.startsWith('NestJS') ? { maxRatio: 1 } : {};
      rows.push(
        toRow({ what: 'packages', against, unit: '', ours: [patron.packages], theirs: [peer.packages], ...goal }),
        toRow({ what: 'size of the files', against, unit: 'MB', ours: [patron.bytes / 1e6], theirs: [peer.bytes / 1e6], ...goal }),
        toRow({ what: 'on disk', against, unit: 'MB', ours: [patron.diskBytes / 1e6], theirs: [peer.diskBytes / 1e6], ...goal }),
      );
    }
    return { rows, notes: [`${ours.join(' and ')} with what they need, from the packed packages of this workspace; on disk as du says`] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Our packages are not taken from a registry: what is measured is what stands here.
 * @param {string} folder
 * @returns {Promise<Record<string, string>>} what an application would depend on
 */
async function packed(folder) {
  const workspace = new Map(packagesOf(repository, 'packages').map((one) => [one.manifest.name, one]));
  /** @type {Record<string, string>} */
  const dependencies = {};
  const needed = new Set(ours);
  for (const name of needed) {
    const one = workspace.get(name);
    if (!one) throw new Advice(`${name} is no package of this workspace.`);
    dependencies[name] = `file:${await pack(one, folder)}`;
    // A set may grow while it is walked.
    for (const dependency of Object.keys(one.manifest.dependencies ?? {})) if (workspace.has(dependency)) needed.add(dependency);
  }
  return dependencies;
}

/**
 * @param {string} folder
 * @param {Record<string, string>} dependencies
 */
async function npmInstall(folder, dependencies) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, dependencies }));
  const args = ['install', '--omit=dev', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
  const { code, output } = await run('npm', args, { cwd: folder, env: childEnv() });
  if (code !== 0) throw installFailure(`npm could not install ${Object.keys(dependencies).join(', ')}.`, output);
  return installed(folder);
}
