/**
 * Measures the sides in turn, A B A B: what the machine does meanwhile (a neighbour, a warm processor) hits both sides of
 * a pair alike, and drops out of its ratio.
 * @template {string} Side
 * @template T
 * @param {number} pairs
 * @param {readonly Side[]} sides
 * @param {(side: Side) => Promise<T>} measure
 * @param {(line: string) => void} progress
 * @returns {Promise<Record<Side, T[]>>}
 */
export async function inTurn(pairs, sides, measure, progress) {
  const results = /** @type {Record<Side, T[]>} */ ({});
  for (const side of sides) results[side] = [];
  for (let pair = 1; pair <= pairs; pair++) {
    for (const side of sides) {
      progress(`pair ${pair} of ${pairs}: ${side}`);
      results[side].push(await measure(side));
    }
  }
  return results;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The median of the pairs' ratios, not the ratio of the medians: only the two halves of a pair saw the same machine.
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 */
export function ratioOf(ours, theirs) {
  const ratios = ours.map((value, index) => value / (theirs[index] ?? Number.NaN));
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}
