import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findPnpm } from '../setup/pnpm.mjs';
import { childEnv } from '../setup/environment.mjs';
import { Advice } from '../lib/progress.mjs';
import { bin, filesBelow, short } from '../lib/repository.mjs';
import { lastLines, run } from '../lib/run.mjs';

/** @typedef {import('./packed.mjs').Packed} Packed */

/**
 * As `pnpm publish` would: `workspace:` ranges become versions, the LICENSE of the repository is added.
 * @param {import('../lib/repository.mjs').Package} one
 * @param {string} folder
 * @returns {Promise<string>} the tarball
 */
export async function pack({ path, manifest }, folder) {
  const tarball = join(folder, `${manifest.name.replace('@', '').replace('/', '-')}.tgz`);
  const { code, output } = await run(process.execPath, [await findPnpm(), 'pack', '--out', tarball], { cwd: path, env: childEnv() });
  if (code !== 0 || !existsSync(tarball)) throw new Advice(`pnpm pack failed for ${manifest.name}:`, lastLines(output));
  return tarball;
}

/**
 * @param {Packed} packed
 * @returns {Promise<string[]>}
 */
export async function tarballProblems({ folder, manifest, tarball }) {
  const content = join(dirname(tarball), `content-${basename(tarball, '.tgz')}`);
  mkdirSync(content);
  await run('tar', ['-xzf', tarball, '-C', content]);
  const files = filesIn(join(content, 'package'));
  /** @type {string[]} */
  const problems = [];
  const complain = (/** @type {string} */ problem) => problems.push(`${manifest.name}: ${problem} (${folder})`);
  for (const needed of ['package.json', 'README.md', 'LICENSE']) if (!files.includes(needed)) complain(`the tarball lacks ${needed}`);
  for (const file of files) {
    if (/\.test\.|(^|\/)(test|src|__tests__)\//.test(file)) complain(`the tarball holds ${file}: neither tests nor sources are shipped`);
    else if (!/^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$|^dist\/.*\.(js|js\.map|d\.ts)$/.test(file))
      complain(`the tarball holds ${file}: see "files" in its package.json`);
    if (file.endsWith('.js.map')) problems.push(...mapProblems(manifest.name, join(content, 'package'), file));
  }
  for (const [tool, args] of /** @type {const} */ ([
    ['publint', [tarball, '--strict']],
    ['attw', [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji', '--format', 'ascii']],
  ])) {
    const { code, output } = await run(bin(tool), args, { env: { ...process.env, NO_COLOR: '1' } });
    if (code !== 0) complain(`${tool} objects:\n${lastLines(output, 25)}`);
  }
  return problems;
}

/** @param {string} folder */
const filesIn = (folder) => listed(folder).map((file) => short(folder, file));

/** @param {string} folder */
function listed(folder) {
  // `dist` is what the usual walk leaves out.
  return [...filesBelow(folder, /./), ...filesBelow(join(folder, 'dist'), /./)];
}

/**
 * A debugger that follows a source map must not end at a file that was never shipped.
 * @param {string} name
 * @param {string} content
 * @param {string} file
 * @returns {string[]}
 */
function mapProblems(name, content, file) {
  const { sources, sourcesContent } = JSON.parse(readFileSync(join(content, file), 'utf8'));
  if (Array.isArray(sourcesContent) && sourcesContent.length === sources.length) return [];
  const missing = sources.find((/** @type {string} */ source) => !existsSync(join(content, dirname(file), source)));
  return missing ? [`${name}: ${file} points to ${missing}, which is not shipped: set inlineSources in its tsconfig.json`] : [];
}
