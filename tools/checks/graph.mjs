import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { importsOf, packageOf } from '../lib/imports.mjs';
import { filesBelow, isTest, packagesOf, readJson, short } from '../lib/repository.mjs';
import { entryProblems } from './graph-entries.mjs';
import { manifestProblems } from './graph-manifest.mjs';
import { graph } from './graph-rules.mjs';

/** @typedef {import('../lib/imports.mjs').Import & { file: string }} FileImport */
/** @typedef {import('../lib/repository.mjs').Package} Package */

const rules = 'tools/checks/graph-rules.mjs';

/**
 * Who may import whom: the table of graph-rules.mjs against the imports and the package.json files.
 * @param {string} root
 */
export async function check(root) {
  const packages = packagesOf(root, 'packages');
  const problems = packages.flatMap((one) => packageProblems(root, one));
  for (const one of packagesOf(root, 'examples')) problems.push(...undeclared(root, readImports(one.path), one.path));
  problems.push(...undeclared(root, readImports(join(root, 'tools')), root));
  return { problems };
}

/**
 * @param {string} root
 * @param {Package} one
 * @returns {string[]}
 */
function packageProblems(root, one) {
  const rule = graph[one.folder.slice('packages/'.length)];
  if (!rule) return [`${one.folder} is in no row of the package graph: add it to ${rules}`];
  const imports = readImports(join(one.path, 'src'));
  const shipped = imports.filter(({ file }) => !isTest(file));
  const tests = [...imports.filter(({ file }) => isTest(file)), ...readImports(join(one.path, 'test'))];
  return [
    ...shipped.flatMap((found) => importProblems(root, one, rule, found)),
    ...entryProblems(root, one, rule, shipped),
    ...manifestProblems(
      one,
      rule,
      new Set(shipped.flatMap(({ specifier }) => (specifier && isPackage(specifier) ? [packageOf(specifier)] : []))),
    ),
    ...undeclared(root, tests, one.path),
  ];
}

/**
 * One import of a file that users get.
 * @param {string} root
 * @param {Package} one
 * @param {import('./graph-rules.mjs').PackageRule} rule
 * @param {FileImport} found
 * @returns {string[]}
 */
function importProblems(root, one, rule, { file, line, specifier, exportAll }) {
  const at = `${short(root, file)}:${line}`;
  if (specifier === undefined)
    return [`${at} loads a module by a computed name, which hides an edge of the package graph: write the name out`];
  if (specifier.startsWith('.')) {
    if (exportAll) return [`${at} exports * from ${specifier}: nobody can tell what is public; list the names`];
    const target = resolve(dirname(file), specifier);
    if (!target.startsWith(join(one.path, 'src'))) return [`${at} imports ${specifier}, outside of its own src: use the package's name`];
    return isTest(target) ? [`${at} imports the test ${specifier}`] : [];
  }
  if (isBuiltin(specifier)) return [];
  const target = packageOf(specifier);
  if (target === one.manifest.name) return [`${at} imports its own package ${specifier}: import the file`];
  const allowed = allowedBy(rule);
  if (allowed.includes(target)) return [];
  return [
    `${at} imports ${target}: ${one.folder.slice('packages/'.length)} may import ${allowed.join(', ') || 'nothing outside of Node'} (${rules})`,
  ];
}

/** @param {import('./graph-rules.mjs').PackageRule} rule */
function allowedBy({ patron, peers = [], optionalPeers = [], thirdParty }) {
  const brought = Object.values(thirdParty).flatMap(({ brings = [] }) => brings);
  return [...[...patron, ...peers, ...optionalPeers].map((name) => `@patron/${name}`), ...Object.keys(thirdParty), ...brought];
}

/**
 * Tests, examples and tools may import anything that a package.json declares for them; else it works by accident of
 * what happens to be installed.
 * @param {string} root
 * @param {FileImport[]} imports
 * @param {string} owner the folder of their package.json; a nearer one wins, the root's counts too
 * @returns {string[]}
 */
function undeclared(root, imports, owner) {
  return imports.flatMap(({ file, line, specifier }) => {
    if (specifier === undefined || !isPackage(specifier)) return [];
    const target = packageOf(specifier);
    const manifests = [nearestManifest(file, owner), join(root, 'package.json')]
      .filter((path) => existsSync(path))
      .map((path) => readJson(path));
    const declared = manifests.some((one) => [one.name, ...namesIn(one)].includes(target));
    return declared
      ? []
      : [`${short(root, file)}:${line} imports ${target}, which ${short(root, nearestManifest(file, owner))} does not declare`];
  });
}

/** @param {string} file @param {string} owner */
function nearestManifest(file, owner) {
  let folder = dirname(file);
  while (folder !== owner && !existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, 'package.json');
}

/** @param {import('../lib/repository.mjs').Manifest} manifest */
const namesIn = (manifest) => Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies });

/** @param {string} specifier */
const isPackage = (specifier) => !specifier.startsWith('.') && !specifier.startsWith('/') && !isBuiltin(specifier);

/**
 * @param {string} folder
 * @returns {FileImport[]}
 */
function readImports(folder) {
  return filesBelow(folder, /\.(ts|mts|mjs|js)$/).flatMap((file) =>
    importsOf(readFileSync(file, 'utf8')).map((found) => ({ ...found, file })),
  );
}
