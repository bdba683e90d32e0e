import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, isTest, packagesOf, short } from '../lib/repository.mjs';
import { pagesOf } from './docs-links.mjs';

/**
 * @typedef {object} Block
 * @property {string} file where it's written
 * @property {number} line of its opening fence
 * @property {string} code
 * @property {'run' | 'no-run' | 'service'} mode
 * @property {string} id its file name in the workspace that compiles it
 */

/**
 * The TypeScript blocks of pages and of `@example` in docstrings.
 * @param {string} root
 * @returns {{ blocks: Block[], problems: string[] }}
 */
export function findBlocks(root) {
  /** @type {{ blocks: Block[], problems: string[] }} */
  const found = { blocks: [], problems: [] };
  for (const page of pagesOf(root)) addBlocks(root, page, readFileSync(page, 'utf8').split('\n'), 0, found);
  for (const { path } of packagesOf(root, 'packages')) {
    for (const file of filesBelow(join(path, 'src'), /\.ts$/)) if (!isTest(file)) addDocstrings(root, file, found);
  }
  return found;
}

/**
 * @param {string} root
 * @param {string} file
 * @param {{ blocks: Block[], problems: string[] }} found
 */
function addDocstrings(root, file, found) {
  const source = readFileSync(file, 'utf8');
  for (const match of source.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)) {
    if (!match[0].includes('@example')) continue;
    const firstLine = source.slice(0, match.index).split('\n').length - 1;
    const lines = match[0].split('\n').map((line) => line.replace(/^\s*\* ?/, '').replace(/\*\/$/, ''));
    lines.forEach((line, index) => {
      if (!line.startsWith('@example')) return;
      const rest = lines.slice(index + 1);
      const next = rest.findIndex((other) => /^@\w/.test(other));
      const example = next === -1 ? rest : rest.slice(0, next);
      const before = found.blocks.length + found.problems.length;
      addBlocks(root, file, example, firstLine + index + 1, found);
      if (found.blocks.length + found.problems.length === before) {
        found.problems.push(`${short(root, file)}:${firstLine + index + 1} has an @example without a \`\`\`ts block: nothing can try it`);
      }
    });
  }
}

/**
 * @param {string} root
 * @param {string} file
 * @param {string[]} lines
 * @param {number} offset how many lines of the file come before them
 * @param {{ blocks: Block[], problems: string[] }} found
 */
function addBlocks(root, file, lines, offset, { blocks, problems }) {
  for (let index = 0; index < lines.length; index++) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(\S*)\s*(.*)$/.exec(lines[index] ?? '');
    if (!fence) continue;
    const [, indent = '', marks = '', language = '', info = ''] = fence;
    const line = offset + index + 1;
    const end = lines.findIndex(
      (other, at) => at > index && other.trim().startsWith(marks) && other.trim().replaceAll(marks[0] ?? '', '') === '',
    );
    const code = lines.slice(index + 1, end === -1 ? undefined : end).map((text) => text.replace(indent, ''));
    index = end === -1 ? lines.length : end;
    const at = `${short(root, file)}:${line}`;
    if (/^(js|mjs|javascript|mts|tsx|typescript)$/i.test(language))
      problems.push(`${at} is a block of ${language}: write \`\`\`ts, so that it is tried`);
    if (language !== 'ts') continue;
    const mode = info.trim() === '' ? 'run' : info.trim();
    if (mode !== 'run' && mode !== 'no-run' && mode !== 'service') {
      problems.push(`${at} says \`\`\`ts ${mode}: only "no-run" and "service" may stand there`);
      continue;
    }
    const id = `${short(root, file).replace(/[^a-zA-Z0-9]+/g, '-')}-${line}`;
    blocks.push({ file, line, code: `${code.join('\n')}\n`, mode, id });
  }
}
