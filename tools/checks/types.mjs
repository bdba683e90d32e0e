import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, packagesOf } from '../lib/repository.mjs';
import { run } from '../lib/run.mjs';

/**
 * Type-checks what no build looks at: the tests, and the scripts of tools.
 * @param {string} root
 */
export async function check(root) {
  const { code, output } = await run(bin('tsc'), ['-p', 'tsconfig.tests.json', '--pretty', 'false'], { cwd: root });
  const problems = output.split('\n').filter((line) => line.trim() !== '');
  if (code !== 0 && problems.length === 0) problems.push(`tsc ended with ${code}`);
  return { problems: [...missingPaths(root), ...problems] };
}

/**
 * Without its two lines under `paths`, a package would be checked against whatever was built last.
 * @param {string} root
 */
function missingPaths(root) {
  const withoutComments = readFileSync(join(root, 'tsconfig.tests.json'), 'utf8').replace(/^\s*\/\/.*$/gm, '');
  const paths = JSON.parse(withoutComments).compilerOptions?.paths ?? {};
  return packagesOf(root, 'packages').flatMap(({ folder, manifest: { name } }) =>
    [name, `${name}/*`]
      .filter((key) => !(key in paths))
      .map((key) => `tsconfig.tests.json: paths lacks "${key}": ["./${folder}/src/${key === name ? 'index' : '*'}.ts"]`),
  );
}
