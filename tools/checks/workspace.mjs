import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, isTest, packagesOf, readJson } from '../lib/repository.mjs';

/** @typedef {import('../lib/repository.mjs').Package} Package */

/**
 * What every package owes its users: a README, a licence, engines, entries that exist, something that it does; and
 * releases on its own version.
 * @param {string} root
 */
export async function check(root) {
  return { problems: [...packagesOf(root, 'packages').flatMap(packageProblems), ...changesetProblems(root)] };
}

/**
 * @param {Package} one
 * @returns {string[]}
 */
function packageProblems(one) {
  const { folder, path, manifest } = one;
  const at = `${folder}/package.json`;
  /** @type {string[]} */
  const problems = [];
  if (manifest.name !== `@patron/${folder.slice('packages/'.length)}`) problems.push(`${at}: the name should be @patron/ and the folder's`);
  if (manifest.license !== 'Apache-2.0') problems.push(`${at}: license should be "Apache-2.0"`);
  if (manifest.type !== 'module') problems.push(`${at}: type should be "module"; patron ships ES modules only`);
  if (manifest.engines?.['node'] !== '>=20.19') problems.push(`${at}: engines.node should be ">=20.19"`);
  if (!manifest.files?.includes('dist')) problems.push(`${at}: files should name dist, or sources and tests are published`);
  if (!existsSync(join(path, 'README.md'))) problems.push(`${folder} has no README.md`);
  else if (readFileSync(join(path, 'README.md'), 'utf8').trim().split('\n').length < 5)
    problems.push(`${folder}/README.md says next to nothing`);
  const sources = filesBelow(join(path, 'src'), /\.ts$/).filter((file) => !isTest(file));
  const lines = sources.reduce((sum, file) => sum + readFileSync(file, 'utf8').trim().split('\n').length, 0);
  if (lines < 20) problems.push(`${folder} is an empty shell (${lines} lines): a package exists once it does something`);
  return [...problems, ...entryProblems(one)];
}

/**
 * @param {Package} one
 * @returns {string[]}
 */
function entryProblems({ folder, path, manifest }) {
  const entries = Object.entries(manifest.exports ?? {});
  if (entries.length === 0) return [`${folder}/package.json has no exports`];
  return entries.flatMap(([entry, target]) => {
    if (typeof target === 'string')
      return existsSync(join(path, target)) ? [] : [`${folder}/package.json: exports "${entry}" leads to ${target}, which does not exist`];
    const keys = Object.keys(target);
    if (keys[0] !== 'types' || !keys.includes('default'))
      return [`${folder}/package.json: exports "${entry}" needs "types", first, and "default"`];
    return Object.values(target)
      .filter((file) => !existsSync(join(path, file)))
      .map((file) => `${folder}/package.json: exports "${entry}" leads to ${file}, which the build does not make`);
  });
}

/**
 * @param {string} root
 * @returns {string[]}
 */
function changesetProblems(root) {
  const file = join(root, '.changeset', 'config.json');
  if (!existsSync(file)) return ['.changeset/config.json is missing'];
  const { fixed = [], linked = [], access } = readJson(file);
  /** @type {string[]} */
  const problems = [];
  if (fixed.length > 0) problems.push('.changeset/config.json: "fixed" ties versions together; each package is released on its own');
  if (linked.length > 0) problems.push('.changeset/config.json: "linked" ties versions together; each package is released on its own');
  if (access !== 'public') problems.push('.changeset/config.json: access should be "public", or a first release stays invisible');
  return problems;
}
