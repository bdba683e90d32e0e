/** @typedef {import('./row.mjs').Row} Row */

const heads = ['what', 'against', 'ours', 'theirs', 'ratio', 'spread', 'goal', 'reached'];
const leftAligned = 2;

/**
 * @param {readonly Row[]} rows
 * @returns {string}
 */
export function table(rows) {
  const lines = [heads, ...rows.map(cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const pad = (/** @type {string} */ text, /** @type {number} */ column) =>
    column < leftAligned ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

/** @param {Row} row */
function cells({ what, against, unit, ours, theirs, ratio, goal, reached }) {
  return [
    what,
    against,
    quantity(ours, unit),
    theirs === undefined ? '-' : quantity(theirs, unit),
    ratio ? times(ratio.median) : '-',
    ratio ? `${times(ratio.min)}..${times(ratio.max)}` : '-',
    goal,
    reached,
  ];
}

/**
 * What has no unit is a count.
 * @param {number} value
 * @param {string} unit
 */
const quantity = (value, unit) => (unit === '' ? value.toLocaleString('en-US') : `${short(value)} ${unit}`);

/**
 * Three digits say all that such a measurement knows.
 * @param {number} value
 */
export function short(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** @param {number} ratio */
const times = (ratio) => ratio.toFixed(ratio < 0.1 ? 4 : 2);
