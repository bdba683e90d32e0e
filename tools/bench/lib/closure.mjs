import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson } from '../../lib/repository.mjs';

/**
 * The packages that an application gets with some of ours, found in what is installed here: those and all they depend on, each
 * once. What `pnpm bench install` counts after an installation, without one.
 * @param {readonly string[]} folders of packages
 * @returns {string[]} folders
 */
export function closureOf(folders) {
  const found = new Set(folders.map((folder) => realpathSync(folder)));
  for (const folder of found) {
    const { dependencies = {} } = readJson(join(folder, 'package.json'));
    // A set may grow while it is walked.
    for (const name of Object.keys(dependencies)) found.add(resolvePackage(folder, name));
  }
  return [...found];
}

/**
 * As Node looks for it: in the node_modules of each folder on the way up.
 * @param {string} from
 * @param {string} name
 */
function resolvePackage(from, name) {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(path)) return realpathSync(path);
    if (folder === dirname(folder)) throw new Error(`${name}, which ${from} depends on, is not installed`);
  }
}
