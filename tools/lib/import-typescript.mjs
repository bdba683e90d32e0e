import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { importsOf } from './imports.mjs';

// Of these modules, each in a line of its own; nothing else of theirs looks like it.
const relativeImport = /(from ['"])(\.[^'"]+)\.ts(['"])/g;

/**
 * Imports a TypeScript module that is not built, a test's data for instance, with the modules beside it that it imports.
 * @param {string} file
 * @returns {Promise<any>}
 */
export async function importTypeScript(file) {
  const folder = mkdtempSync(join(tmpdir(), 'patron-import-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    for (const source of reachable(resolve(file))) {
      const { code } = transformSync(readFileSync(source, 'utf8'), {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      });
      const target = join(folder, source.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code.replaceAll(relativeImport, '$1$2.js$3'));
    }
    return await import(pathToFileURL(join(folder, resolve(file).replace(/\.ts$/, '.js'))).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @param {Set<string>} [seen]
 */
function reachable(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { specifier } of importsOf(readFileSync(file, 'utf8'))) {
    if (specifier?.startsWith('.')) reachable(resolve(dirname(file), specifier), seen);
  }
  return seen;
}
