import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository that this script belongs to; where the pinned tools are, whichever tree they look at. */
export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

/**
 * A tool that the repository pins, e.g. `bin('tsc')`. Never one from the PATH: its version would be anybody's guess.
 * @param {string} name
 */
export const bin = (name) => join(repository, 'node_modules', '.bin', name);

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {string} [license]
 * @property {string} [type]
 * @property {string} [packageManager]
 * @property {string[]} [files]
 * @property {Record<string, string>} [engines]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string | Record<string, string>>} [exports]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 */

/** @typedef {{ folder: string, path: string, manifest: Manifest }} Package `folder` is relative to the root, with slashes */

/**
 * @param {string} file
 * @returns {any}
 */
export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * The packages under packages/ or examples/, by name. A folder without a package.json is no package (yet).
 * @param {string} root
 * @param {'packages' | 'examples'} group
 * @returns {Package[]}
 */
export function packagesOf(root, group) {
  const parent = join(root, group);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => existsSync(join(parent, name, 'package.json')))
    .sort()
    .map((name) => ({ folder: `${group}/${name}`, path: join(parent, name), manifest: readJson(join(parent, name, 'package.json')) }));
}

const skipped = new Set(['node_modules', 'dist', 'coverage']);

/**
 * All files below `folder` whose name matches, without what is installed, built or hidden.
 * @param {string} folder
 * @param {RegExp} pattern
 * @returns {string[]} absolute paths, sorted
 */
export function filesBelow(folder, pattern) {
  if (!existsSync(folder)) return [];
  /** @type {string[]} */
  const found = [];
  for (const name of readdirSync(folder).sort()) {
    if (skipped.has(name) || name.startsWith('.')) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) found.push(...filesBelow(path, pattern));
    else if (pattern.test(name)) found.push(path);
  }
  return found;
}

/**
 * A path as people write it: relative to the root, with slashes.
 * @param {string} root
 * @param {string} path
 */
export function short(root, path) {
  return relative(root, path).split(sep).join('/');
}

/** @param {string} path */
export const isTest = (path) => path.endsWith('.test.ts') || /(^|[/\\])test[/\\]/.test(path);
