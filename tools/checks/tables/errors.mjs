import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import swc from '@swc/core';
import { visit } from '../../lib/imports.mjs';
import { filesBelow, isTest, packagesOf } from '../../lib/repository.mjs';

/**
 * Every error code in the sources of the packages, with the packages that use it. What it means and what to do is
 * written by hand. Names of environment variables look the same: they are those in a file called *environment*.ts, unless
 * an errors.ts claims the name too.
 * @param {string} root
 * @returns {Promise<import('../docs.mjs').Table | undefined>}
 */
export async function table(root) {
  /** @type {Map<string, Set<string>>} */
  const users = new Map();
  /** @type {Set<string>} */
  const variables = new Set();
  /** @type {Set<string>} */
  const certain = new Set();
  for (const { path, manifest } of packagesOf(root, 'packages')) {
    for (const file of filesBelow(join(path, 'src'), /\.ts$/)) {
      if (isTest(file)) continue;
      for (const name of patronNames(readFileSync(file, 'utf8'))) {
        if (basename(file) === 'errors.ts') certain.add(name);
        if (basename(file).includes('environment')) variables.add(name);
        else users.set(name, (users.get(name) ?? new Set()).add(manifest.name));
      }
    }
  }
  const codes = [...users].filter(([name]) => certain.has(name) || !variables.has(name)).sort(([a], [b]) => a.localeCompare(b));
  if (codes.length === 0) return undefined;
  return {
    page: 'docs/errors.md',
    columns: ['Code', 'From', 'Meaning and what to do'],
    rows: codes.map(([code, packages]) => [`\`${code}\``, [...packages].sort().join(', '), null]),
  };
}

/**
 * String literals that are a code as a whole; one that is part of a sentence is no code.
 * @param {string} source
 */
function patronNames(source) {
  /** @type {Set<string>} */
  const names = new Set();
  if (!source.includes('PATRON_')) return names;
  visit(swc.parseSync(source, { syntax: 'typescript', target: 'es2022' }), (node) => {
    const text = node.type === 'StringLiteral' ? node['value'] : node.type === 'TemplateElement' ? node['cooked'] : undefined;
    if (typeof text === 'string' && /^PATRON_[A-Z][A-Z_]*$/.test(text)) names.add(text);
  });
  return names;
}
