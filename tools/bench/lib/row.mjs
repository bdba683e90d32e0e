import { median, ratioOf } from './pairs.mjs';

/**
 * What is compared, with the figures of each pair.
 * @typedef {object} Comparison
 * @property {string} what
 * @property {string} [against]
 * @property {string} unit
 * @property {readonly number[]} ours
 * @property {readonly number[]} [theirs]
 * @property {number} [maxRatio] the goal: the ratio at most
 * @property {number} [minRatio] the goal: the ratio at least
 * @property {number} [maxValue] the goal: ours at most, in `unit`
 */

/**
 * A comparison with its verdict: one line of the table, one object of the JSON.
 * @param {Comparison} comparison
 */
export function toRow({ what, against = '-', unit, ours, theirs, maxRatio, minRatio, maxValue }) {
  const ratio = theirs && ratioOf(ours, theirs);
  const row = {
    what,
    against,
    unit,
    ours: median(ours),
    theirs: theirs && median(theirs),
    ratio,
    goal: '-',
    reached: '-',
    pairs: { ours, theirs },
  };
  if (maxRatio !== undefined && ratio) {
    row.goal = `<= ${maxRatio.toFixed(2)} x`;
    row.reached = ratio.median <= maxRatio ? 'yes' : 'no';
  } else if (minRatio !== undefined && ratio) {
    row.goal = `>= ${minRatio.toFixed(2)} x`;
    row.reached = ratio.median >= minRatio ? 'yes' : 'no';
  } else if (maxValue !== undefined) {
    row.goal = `<= ${maxValue} ${unit}`;
    row.reached = row.ours <= maxValue ? 'yes' : 'no';
  }
  return row;
}

/** @typedef {ReturnType<typeof toRow>} Row */
