import { resolve } from 'node:path';
import { bin, short } from '../lib/repository.mjs';
import { run } from '../lib/run.mjs';

/**
 * Biome's formatter over everything that git would keep.
 * @param {string} root
 */
export async function check(root) {
  const { code, output } = await run(bin('biome'), ['format', '--colors=off', '--reporter=github', '--max-diagnostics=none', '.'], {
    cwd: root,
  });
  if (code === 0) return { problems: [] };
  const files = [...output.matchAll(/^::error .*?file=([^,]+),/gm)].map(([, file = '']) => short(root, resolve(root, file)));
  const problems = [...new Set(files)].map((file) => `${file} is not formatted: run npm run format`);
  return { problems: problems.length > 0 ? problems : [output.trim()] };
}
