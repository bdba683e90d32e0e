import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Advice, step } from '../lib/progress.mjs';
import { repository } from '../lib/repository.mjs';
import { lastLines, run } from '../lib/run.mjs';
import { cache, childEnv } from './environment.mjs';
import { checkToolchain, possibleFeatures } from './toolchain.mjs';

// node-rdkafka is compiled from source, for minutes, and each major version of Node needs a build of its own, while all of
// them use one node_modules. So the builds stand side by side in lib/binding, where the package looks for the one that fits
// the running Node; and a copy of each is kept below .cache for the day when node_modules is made anew.
const name = 'node-rdkafka';
const program = 'node-librdkafka.node';

/**
 * @typedef {object} Places
 * @property {string} folder of the package
 * @property {string} built where node-gyp leaves its result
 * @property {string} inPlace where the package looks after that, one folder for each version of Node
 * @property {string} kept the same once more, below .cache
 */

/** @returns {Places | undefined} undefined: nothing here depends on it */
function places() {
  const version = lockedVersion(readFileSync(join(repository, 'pnpm-lock.yaml'), 'utf8'));
  if (version === undefined) return undefined;
  const folder = join(repository, 'node_modules', '.pnpm', `${name}@${version}`, 'node_modules', name);
  return placesIn(folder, join(cache, 'native', `${name}@${version}`));
}

/**
 * @param {string} folder of the package
 * @param {string} kept
 * @returns {Places}
 */
export const placesIn = (folder, kept) => ({ folder, built: join(folder, 'build'), inPlace: join(folder, 'lib', 'binding'), kept });

/** @param {string} lockfile */
export const lockedVersion = (lockfile) => new RegExp(`^ {2}${name}@(\\d[^:(]*):`, 'm').exec(lockfile)?.[1];

/** The folder of this Node's build: the name that the module `bindings` looks for. */
export const abi = `node-v${process.versions.modules}-${process.platform}-${process.arch}`;

/** Will pnpm have to compile, or is there a build for this Node? Asked before node_modules is there. */
export function isNativeKept() {
  const found = places();
  return found === undefined || existsSync(join(found.kept, abi, program));
}

/** Why there can be no build for this Node, in a sentence; undefined: there is one, or what compiles it. */
export async function nativeProblem() {
  if (isNativeKept()) return undefined;
  try {
    await checkToolchain(name, childEnv());
    return undefined;
  } catch (error) {
    if (error instanceof Advice) return error.message;
    throw error;
  }
}

/**
 * Sees to it that node-rdkafka loads in this Node. The second time nothing is left to do.
 * @param {string} pnpm
 * @param {{ withAllFeatures?: boolean }} [options] withAllFeatures: not even a build that headers installed since would improve
 */
export async function buildNative(pnpm, { withAllFeatures = false } = {}) {
  const found = places();
  if (found === undefined) return;
  if (await putInPlace(found)) {
    if (!withAllFeatures) return;
    const missed = await missedFeatures(found.folder, childEnv());
    if (missed.length === 0) return;
    process.stderr.write(`${name} was compiled without ${missed.join(', ')}, and the headers are here now.\n`);
    forget(found);
  } else await announce();
  await step(`${name}: compiling it for Node ${process.versions.node.split('.')[0]}, for minutes`, () => compile(pnpm, found));
  await putInPlace(found);
}

/**
 * What the build in place lacks although this machine has the headers: they came later, or pnpm took a build from its store
 * that was compiled before they came.
 * @param {string} folder of the package
 * @param {NodeJS.ProcessEnv} env
 */
export async function missedFeatures(folder, env) {
  const script = `JSON.stringify(require(${JSON.stringify(folder)}).features)`;
  const { code, output } = await run(process.execPath, ['-p', script]);
  if (code !== 0) throw new Advice(`${name} does not load. The last lines:`, lastLines(output, 30));
  const features = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  return (await possibleFeatures(env)).filter((feature) => !features.includes(feature));
}

/**
 * Gives an install elsewhere, which compiles nothing, the builds that are here.
 * @param {string} root of that install
 */
export function lendNative(root) {
  const found = places();
  if (found === undefined) return;
  const there = join(root, relative(repository, found.folder));
  if (existsSync(there)) cpSync(found.inPlace, join(there, 'lib', 'binding'), { recursive: true });
}

/**
 * In a copy: while it compiles, tests may run on another Node, which has to find nothing unfinished and nothing that is not for
 * it in node_modules.
 * @param {string} pnpm brings node-gyp
 * @param {Places} found
 */
async function compile(pnpm, { folder, kept }) {
  const draft = `${kept}-${abi}-${process.pid}`;
  try {
    const isResult = /\.(o|a|d|so|so\.\d+|dylib)$/;
    const without = [join(folder, 'build'), join(folder, 'lib', 'binding')];
    cpSync(folder, draft, { recursive: true, filter: (path) => !without.includes(path) && !isResult.test(path) });
    mkdirSync(join(draft, 'node_modules'), { recursive: true });
    for (const needed of ['nan', 'bindings']) {
      symlinkSync(realpathSync(join(folder, '..', needed)), join(draft, 'node_modules', needed));
    }
    const gyp = join(dirname(realpathSync(pnpm)), '..', 'dist', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
    const { code, output } = await run(process.execPath, [gyp, 'rebuild'], { cwd: draft, env: childEnv() });
    if (code !== 0) throw new Advice(`${name} could not be compiled. The last lines:`, lastLines(output, 30));
    if (!(await keep(join(draft, 'build'), kept)))
      throw new Advice(`${name} was compiled, but does not load. The last lines:`, lastLines(output, 30));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Stops where a tool is missing, and says what the build will lack. */
export async function announce() {
  const note = await checkToolchain(name, childEnv());
  if (note !== undefined) process.stderr.write(`${note}\n`);
}

/**
 * @param {Places} found
 * @returns {Promise<boolean>} false: there is no build for this Node
 */
export async function putInPlace({ built, inPlace, kept }) {
  const fresh = join(built, 'Release', program);
  if (existsSync(fresh)) {
    await keep(built, kept);
    // The package looks there first, and gives up on a build that is not for the running Node.
    rmSync(fresh, { force: true });
    rmSync(join(inPlace, abi), { recursive: true, force: true });
  }
  if (existsSync(join(inPlace, abi, program))) return true;
  if (!existsSync(join(kept, abi, program))) return false;
  copyLibraries(join(kept, 'deps'), join(inPlace, 'deps'));
  copy(join(kept, abi, program), join(inPlace, abi, program));
  return true;
}

/**
 * @param {string} built
 * @param {string} kept
 * @returns {Promise<boolean>} false: it is not for this Node
 */
async function keep(built, kept) {
  const fresh = join(built, 'Release', program);
  if (!(await loads(fresh))) return false;
  copyLibraries(join(built, 'deps'), join(kept, 'deps'));
  copy(fresh, join(kept, abi, program));
  return true;
}

/** @param {Places} found */
function forget({ built, inPlace, kept }) {
  for (const folder of [inPlace, kept]) rmSync(join(folder, abi), { recursive: true, force: true });
  rmSync(join(built, 'Release', program), { force: true });
}

/** @param {string} file */
async function loads(file) {
  const { code } = await run(process.execPath, ['-e', `process.dlopen({ exports: {} }, ${JSON.stringify(file)})`]);
  return code === 0;
}

/**
 * librdkafka itself, the same for every Node: the program looks for it in ../deps, wherever it stands. Beside it lie archives
 * and headers that nobody needs any more.
 * @param {string} from
 * @param {string} to
 */
function copyLibraries(from, to) {
  const libraries = readdirSync(from).filter((file) => /\.(so\.\d+|\d+\.dylib)$/.test(file));
  for (const file of libraries) copy(join(from, file), join(to, file));
}

/**
 * Under its name only once it is complete: tests on another Node may be reading it, and an interruption must not leave half
 * a file that looks like a build.
 * @param {string} from
 * @param {string} to
 */
function copy(from, to) {
  const draft = `${to}.${process.pid}`;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, draft);
  renameSync(draft, to);
}
