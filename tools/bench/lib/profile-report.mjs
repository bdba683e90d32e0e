import { basename } from 'node:path';
import { selfTimes } from './cpu-profile.mjs';
import { categoryOf } from './profile-categories.mjs';

/** @typedef {import('./cpu-profile.mjs').Frame} Frame */
/** @typedef {{ side: string, root: Frame, requests: number }} SideProfile */

const shown = 15;

/**
 * The functions that take most of a side's time, without what they call.
 * @param {SideProfile} profile
 */
export function topFunctions({ side, root, requests }) {
  const rows = selfTimes(root, nameOf).slice(0, shown);
  const lines = rows.map(([name, us]) => [micros(us / requests), `${((us / root.totalUs) * 100).toFixed(1)} %`, name]);
  return columns([['self/request', 'share', `${side}: ${micros(root.totalUs / requests)} per request under the profiler`], ...lines]);
}

/**
 * Where one side spends more than another, by category; the largest difference first.
 * @param {SideProfile} ours
 * @param {SideProfile} theirs
 */
export function difference(ours, theirs) {
  const lines = differences(ours, theirs).map((row) => [micros(row.ours), micros(row.theirs), signed(row.ours - row.theirs), row.category]);
  return columns([[ours.side, theirs.side, 'more', 'self time per request, by whose code it is'], ...lines]);
}

/**
 * @param {SideProfile} ours
 * @param {SideProfile} theirs
 */
export function differences(ours, theirs) {
  const [mine, yours] = [ours, theirs].map(
    ({ root, requests }) => new Map(selfTimes(root, categoryOf).map(([key, us]) => [key, us / requests])),
  );
  const categories = new Set([...(mine?.keys() ?? []), ...(yours?.keys() ?? [])]);
  const rows = [...categories].map((category) => ({ category, ours: mine?.get(category) ?? 0, theirs: yours?.get(category) ?? 0 }));
  rows.sort((a, b) => b.ours - b.theirs - (a.ours - a.theirs));
  return [...rows, { category: 'all', ours: ours.root.totalUs / ours.requests, theirs: theirs.root.totalUs / theirs.requests }];
}

/** @param {Frame} frame */
function nameOf({ name, file, line }) {
  if (file.startsWith('(')) return name;
  const place = file.startsWith('node:')
    ? file
    : `${categoryOf({ name, file, line, selfUs: 0, totalUs: 0, children: [] })} ${basename(file)}`;
  return `${name}  ${place}:${line}`;
}

/** @param {number} us */
const micros = (us) => `${us.toFixed(2)} µs`;

/** @param {number} us */
const signed = (us) => (us >= 0 ? '+' : '') + micros(us);

/** @param {string[][]} rows the last column is text, the others are figures */
function columns(rows) {
  const last = (rows[0]?.length ?? 1) - 1;
  const width = (/** @type {number} */ column) => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const widths = Array.from({ length: last }, (_, column) => width(column));
  return rows.map((row) => row.map((cell, column) => (column < last ? cell.padStart(widths[column] ?? 0) : cell)).join('  ')).join('\n');
}
