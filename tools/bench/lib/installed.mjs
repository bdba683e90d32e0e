import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ bytes: number, diskBytes: number }} Size of the files, and what the disk gives for them and their folders, as `du` says */

const blockBytes = 512;

/**
 * What an install has brought: the packages below a node_modules, nested ones included, and how large all of it is.
 * @param {string} folder that holds node_modules
 */
export function installed(folder) {
  const modules = join(folder, 'node_modules');
  return { packages: packagesIn(modules).length, ...sizeOf(modules) };
}

/**
 * @param {string} modules
 * @returns {string[]}
 */
function packagesIn(modules) {
  return entries(modules).flatMap((name) => {
    // .bin and npm's own notes are no packages.
    if (name.startsWith('.')) return [];
    const path = join(modules, name);
    const folders = name.startsWith('@') ? entries(path).map((one) => join(path, one)) : [path];
    return folders.flatMap((one) => (existsSync(join(one, 'package.json')) ? [one, ...packagesIn(join(one, 'node_modules'))] : []));
  });
}

/**
 * @param {string} path
 * @returns {Size}
 */
export function sizeOf(path) {
  const one = lstatSync(path);
  const own = { bytes: one.isFile() ? one.size : 0, diskBytes: one.blocks * blockBytes };
  if (!one.isDirectory()) return own;
  return entries(path)
    .map((name) => sizeOf(join(path, name)))
    .reduce((sum, size) => ({ bytes: sum.bytes + size.bytes, diskBytes: sum.diskBytes + size.diskBytes }), own);
}

/** @param {string} folder */
const entries = (folder) => (existsSync(folder) ? readdirSync(folder) : []);
