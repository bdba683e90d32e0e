import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPnpm } from '../setup/pnpm.mjs';
import { childEnv } from '../setup/environment.mjs';
import { lendNative } from '../setup/native.mjs';
import { Advice } from '../lib/progress.mjs';
import { inParallel, lastLines, run } from '../lib/run.mjs';
import { graph } from './graph-rules.mjs';

/** @typedef {import('./packed.mjs').Packed} Packed */
/** @typedef {{ specifier: string, how: 'import' | 'require', optionalPeers: string[] }} Load */

// An entry that uses top-level await or a named import that CommonJS does not have fails here.
const script = {
  import: (/** @type {string} */ specifier) => `await import(${JSON.stringify(specifier)});`,
  require: (/** @type {string} */ specifier) =>
    `import { createRequire } from 'node:module'; createRequire(import.meta.url)(${JSON.stringify(specifier)});`,
};

/**
 * @param {readonly Packed[]} packed
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
export async function entryLoadProblems(packed, folder) {
  const bare = await install(packed, join(folder, 'without-optional-peers'), false);
  const full = await install(packed, join(folder, 'with-optional-peers'), true);
  const loads = packed.flatMap(loadsOf);
  const problems = await inParallel(loads, 2, async (load) => {
    const problem = await loadProblem(full, load);
    if (problem || load.optionalPeers.length === 0) return problem;
    return absenceProblem(bare, load);
  });
  return problems.filter((problem) => problem !== undefined);
}

/**
 * An empty project with the tarballs. pnpm's node_modules hide what a package does not declare, as a user's may.
 * @param {readonly Packed[]} packed
 * @param {string} folder
 * @param {boolean} withOptionalPeers
 */
async function install(packed, folder, withOptionalPeers) {
  mkdirSync(folder);
  const tarballs = Object.fromEntries(packed.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  /** @type {Record<string, string>} */
  const peers = {};
  for (const { manifest } of packed) {
    for (const [name, range] of Object.entries(manifest.peerDependencies ?? {})) {
      if (withOptionalPeers && !(name in tarballs)) peers[name] = manifest.devDependencies?.[name] ?? range;
    }
  }
  const project = { name: 'empty', private: true, dependencies: { ...tarballs, ...peers }, pnpm: { overrides: tarballs } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project, null, 2));
  const args = [
    'install',
    '--ignore-workspace',
    '--prefer-offline',
    '--no-frozen-lockfile',
    '--reporter=append-only',
    '--config.auto-install-peers=false',
  ];
  const { code, output } = await run(process.execPath, [await findPnpm(), ...args], { cwd: folder, env: childEnv() });
  if (code !== 0) throw new Advice('The packed packages could not be installed in an empty folder:', lastLines(output));
  // pnpm compiles nothing that nobody has allowed, and a user's install would take minutes for it.
  lendNative(folder);
  return folder;
}

/**
 * @param {Packed} packed
 * @returns {Load[]}
 */
function loadsOf({ folder, manifest }) {
  const { thirdParty } = graph[folder.slice('packages/'.length)] ?? { thirdParty: {} };
  return Object.keys(manifest.exports ?? {}).flatMap((entry) => {
    const optionalPeers = Object.entries(thirdParty).flatMap(([name, { optionalPeer, entries }]) =>
      optionalPeer && entries?.includes(entry) ? [name] : [],
    );
    const specifier = manifest.name + entry.slice(1);
    return /** @type {const} */ (['import', 'require']).map((how) => ({ specifier, how, optionalPeers }));
  });
}

/**
 * @param {string} folder
 * @param {Load} load
 */
const tryLoad = (folder, { specifier, how }) =>
  run(process.execPath, ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', script[how](specifier)], {
    cwd: folder,
    timeoutMs: 15_000,
  });

/**
 * @param {string} folder
 * @param {Load} load
 */
async function loadProblem(folder, load) {
  const { code, output, timedOut } = await tryLoad(folder, load);
  if (code === 0) return undefined;
  return `${load.how}('${load.specifier}') ${timedOut ? 'keeps the process alive' : `fails in plain Node ${process.version}`}:\n${lastLines(output)}`;
}

/**
 * Without its optional peer an entry may load (and complain when used) or fail with the peer's name in the message.
 * @param {string} folder
 * @param {Load} load
 */
async function absenceProblem(folder, load) {
  const { code, output } = await tryLoad(folder, load);
  if (code === 0 || load.optionalPeers.some((name) => new RegExp(`Error.*\\b${name}\\b`).test(output))) return undefined;
  return `${load.how}('${load.specifier}') without ${load.optionalPeers.join(', ')} does not say what to install:\n${lastLines(output)}`;
}
