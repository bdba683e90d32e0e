import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { filesBelow, packagesOf, short } from '../lib/repository.mjs';

/**
 * The pages that people read: at the top, in docs, and the README of each package and example.
 * @param {string} root
 */
export function pagesOf(root) {
  const tops = ['README.md', 'CONTRIBUTING.md', 'CODE_OF_CONDUCT.md'].map((name) => join(root, name));
  const readmes = [...packagesOf(root, 'packages'), ...packagesOf(root, 'examples')].map((one) => join(one.path, 'README.md'));
  return [...[...tops, ...readmes].filter((file) => existsSync(file)), ...filesBelow(join(root, 'docs'), /\.md$/)];
}

/**
 * Links to files and headings of this repository. Links to the web are left alone: a check contacts nobody.
 * @param {string} root
 * @param {string} page
 * @returns {string[]}
 */
export function linkProblems(root, page) {
  return proseLines(page).flatMap(({ text, number }) =>
    [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z]+:/i.test(target)) return [];
      const at = `${short(root, page)}:${number} links to ${target}`;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : resolve(dirname(page), decodeURIComponent(path));
      if (!existsSync(file)) return [`${at}, which does not exist`];
      if (!anchor || !file.endsWith('.md') || statSync(file).isDirectory()) return [];
      return headingsOf(file).includes(anchor) ? [] : [`${at}, but that page has no such heading`];
    }),
  );
}

/**
 * The anchors that GitHub makes from the headings of a page.
 * @param {string} page
 */
function headingsOf(page) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return proseLines(page).flatMap(({ text }) => {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1];
    if (heading === undefined) return [];
    const anchor = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return [times === 0 ? anchor : `${anchor}-${times}`];
  });
}

/**
 * The lines of a page without its code: neither a link nor a heading there is one.
 * @param {string} page
 */
function proseLines(page) {
  let inCode = false;
  return readFileSync(page, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      const isFence = /^\s*(```|~~~)/.test(text);
      if (isFence) inCode = !inCode;
      return inCode || isFence ? [] : [{ text: text.replace(/`[^`]*`/g, (code) => (text.startsWith('#') ? code : '')), number: index + 1 }];
    });
}
