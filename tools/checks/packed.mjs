import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagesOf } from '../lib/repository.mjs';
import { inParallel } from '../lib/run.mjs';
import { entryLoadProblems } from './packed-entries.mjs';
import { pack, tarballProblems } from './packed-tarball.mjs';

/** @typedef {import('../lib/repository.mjs').Package & { tarball: string }} Packed */

/**
 * What users get: packs each public package, looks at the tarball, installs all of them in an empty folder and loads
 * every entry in plain Node with import() and require(). Jest is no proof here: it accepts named imports from CommonJS
 * that Node refuses, and it resolves to the sources.
 * @param {string} root
 */
export async function check(root) {
  const folder = mkdtempSync(join(tmpdir(), 'patron-packed-'));
  try {
    const publics = packagesOf(root, 'packages').filter(({ manifest }) => !manifest.private);
    /** @type {Packed[]} */
    const packed = await inParallel(publics, 2, async (one) => ({ ...one, tarball: await pack(one, folder) }));
    const problems = (await inParallel(packed, 2, tarballProblems)).flat();
    problems.push(...(await entryLoadProblems(packed, folder)));
    return { problems };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
