import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * For tests: a small tree of files in a folder of its own, e.g. `{ 'docs/a.md': '# A' }`; objects are written as JSON.
 * @param {Record<string, string | object>} files
 */
export function tree(files) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'patron-fixture-')));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/**
 * What a check says about such a tree.
 * @param {(root: string) => Promise<{ problems: string[], notes?: string[] }>} check
 * @param {Record<string, string | object>} files
 */
export async function checkTree(check, files) {
  const { root, remove } = tree(files);
  try {
    return await check(root);
  } finally {
    remove();
  }
}
