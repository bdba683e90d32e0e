import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bin, packagesOf, repository, short } from '../lib/repository.mjs';
import { run } from '../lib/run.mjs';

/** @typedef {import('./examples-blocks.mjs').Block} Block */

// A careful user's settings; what an example leaves unused is no fault of it.
const compilerOptions = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  rootDir: '.',
  outDir: 'out',
  noEmitOnError: false,
};

/**
 * A project with one file per block, which sees the built packages and what they and the examples depend on.
 * @param {string} root
 * @param {string} folder
 * @param {readonly Block[]} blocks
 */
export function layOut(root, folder, blocks) {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }, null, 2));
  // `export {}` on the last line: a block without imports is a module too, and its line numbers stay.
  for (const block of blocks) writeFileSync(join(folder, `${block.id}.ts`), `${block.code}export {};\n`);
  const packages = packagesOf(root, 'packages');
  for (const { path, manifest } of packages) link(path, join(folder, 'node_modules', manifest.name));
  for (const { path } of [...packages, ...packagesOf(root, 'examples')]) {
    for (const name of installedIn(path)) link(join(path, 'node_modules', name), join(folder, 'node_modules', name));
  }
  link(join(repository, 'node_modules', '@types', 'node'), join(folder, 'node_modules', '@types', 'node'));
}

/** @param {string} target @param {string} place */
function link(target, place) {
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(target, place);
}

/** @param {string} path */
function installedIn(path) {
  const modules = join(path, 'node_modules');
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name]));
}

/**
 * One run of tsc for all; its messages point at the line in the page or docstring.
 * @param {string} root
 * @param {string} folder
 * @param {readonly Block[]} blocks
 * @returns {Promise<{ broken: Set<Block>, problems: string[] }>}
 */
export async function compile(root, folder, blocks) {
  /** @type {Set<Block>} */
  const broken = new Set();
  if (blocks.length === 0) return { broken, problems: [] };
  const { code, output } = await run(bin('tsc'), ['-p', '.', '--pretty', 'false'], { cwd: folder });
  const problems = output
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text) => {
      const [, id, line, rest] = /^(.+?)\.ts\((\d+),\d+\): (.*)$/.exec(text) ?? [];
      const block = blocks.find((one) => one.id === id);
      if (!block) return text;
      broken.add(block);
      return `${short(root, block.file)}:${block.line + Number(line)} ${rest}`;
    });
  if (code !== 0 && problems.length === 0) problems.push(`tsc ended with ${code}`);
  return { broken, problems };
}
