/** @typedef {import('./docs.mjs').Table} Table */

/**
 * @typedef {object} FoundTable
 * @property {string} name
 * @property {number} line of its marker
 * @property {number} start of what stands between the markers
 * @property {number} end
 * @property {string[][]} rows without the head
 */

/**
 * @param {string} text
 * @returns {FoundTable[]}
 */
export function findTables(text) {
  return [...text.matchAll(/(<!-- table:([\w-]+) -->\n)([\s\S]*?)<!-- \/table -->/g)].map((match) => {
    const [, marker = '', name = '', content = ''] = match;
    const start = match.index + marker.length;
    const rows = content.split('\n').filter((line) => line.startsWith('|'));
    return {
      name,
      line: text.slice(0, match.index).split('\n').length,
      start,
      end: start + content.length,
      rows: rows.slice(2).map(cells),
    };
  });
}

/** @param {string} row */
function cells(row) {
  return row
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/**
 * The table as markdown; cells written by hand are taken over from the page.
 * @param {Table} expected
 * @param {string[][]} written
 */
export function renderTable({ columns, rows }, written) {
  const byKey = new Map(written.map((row) => [row[0], row]));
  const lines = rows.map((row) => row.map((cell, index) => cell ?? byKey.get(/** @type {string} */ (row[0]))?.[index] ?? ''));
  return [columns, columns.map(() => '---'), ...lines]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}

/**
 * @param {Table} expected
 * @param {string[][]} written
 * @param {string} page
 * @returns {string[]}
 */
export function compareTable({ columns, rows }, written, page) {
  const byKey = new Map(written.map((row) => [row[0], row]));
  const keys = new Set(rows.map(([key]) => key));
  /** @type {string[]} */
  const problems = [];
  for (const row of rows) {
    const inPage = byKey.get(/** @type {string} */ (row[0]));
    if (!inPage) {
      problems.push(`${page} lacks a row for ${row[0]}: run npm run docs`);
      continue;
    }
    row.forEach((cell, index) => {
      const shown = inPage[index] ?? '';
      if (cell === null && shown === '') problems.push(`${page}: ${row[0]} needs its "${columns[index]}", written by hand`);
      if (cell !== null && cell !== shown)
        problems.push(`${page}: ${row[0]} has ${columns[index]} "${shown}", the code says "${cell}": run npm run docs`);
    });
  }
  for (const [key] of written)
    if (key && !keys.has(key)) problems.push(`${page} has a row for ${key}, which the code does not know: run npm run docs`);
  return problems;
}
