import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { short } from '../lib/repository.mjs';
import { linkProblems, pagesOf } from './docs-links.mjs';
import { compareTable, findTables, renderTable } from './docs-table.mjs';

/**
 * @typedef {object} Table
 * @property {string} page where it belongs, e.g. docs/errors.md
 * @property {string[]} columns
 * @property {(string | null)[][]} rows the first cell is the key; null: written by hand in the page, and never empty
 */

const tablesFolder = join(dirname(fileURLToPath(import.meta.url)), 'tables');

// Each is a module in tables/ with a function `table(root)`, which makes the rows from the code.
const names = ['errors', 'environment', 'metrics', 'hostile', 'hostile-routes'];

/**
 * Tables between `<!-- table:NAME -->` and `<!-- /table -->` equal what the code says; links within the repository lead
 * somewhere. With `write`, the tables are corrected.
 * @param {string} root
 * @param {{ write?: boolean, names?: string[] }} [options]
 */
export async function check(root, { write = false, names: chosen = names } = {}) {
  const pages = pagesOf(root);
  /** @type {string[]} */
  const problems = [];
  for (const name of chosen) problems.push(...(await tableProblems(root, name, write)));
  for (const page of pages) {
    for (const { name, line } of findTables(readFileSync(page, 'utf8'))) {
      const known = existsSync(join(tablesFolder, `${name}.mjs`));
      if (!known)
        problems.push(`${short(root, page)}:${line} shows the table "${name}", but tools/checks/tables/${name}.mjs does not exist`);
    }
  }
  problems.push(...pages.flatMap((page) => linkProblems(root, page)));
  return { problems };
}

/**
 * @param {string} root
 * @param {string} name
 * @param {boolean} write
 * @returns {Promise<string[]>}
 */
async function tableProblems(root, name, write) {
  /** @type {{ table: (root: string) => Promise<Table | undefined> }} */
  const generator = await import(pathToFileURL(join(tablesFolder, `${name}.mjs`)).href);
  const expected = await generator.table(root);
  if (!expected) return [];
  const page = join(root, expected.page);
  const place = `<!-- table:${name} -->`;
  if (!existsSync(page)) return [`${expected.page} is missing: it should hold the table "${name}", after a line ${place}`];
  const text = readFileSync(page, 'utf8');
  const found = findTables(text).find((one) => one.name === name);
  if (!found) return [`${expected.page} has no table "${name}": put it between ${place} and <!-- /table -->`];
  if (write) {
    const corrected = text.slice(0, found.start) + renderTable(expected, found.rows) + text.slice(found.end);
    if (corrected !== text) writeFileSync(page, corrected);
    return compareTable(expected, findTables(corrected).find((one) => one.name === name)?.rows ?? [], expected.page);
  }
  return compareTable(expected, found.rows, expected.page);
}
