import { expect, test } from '@jest/globals';
import { inTurn, median, ratioOf } from './lib/pairs.mjs';
import { toRow } from './lib/row.mjs';
import { table } from './lib/table.mjs';

test('the sides are measured in turn, A B A B', async () => {
  const order: string[] = [];
  const measure = async (side: string) => order.push(side);
  await inTurn(2, ['A', 'B'], measure, () => undefined);
  expect(order).toEqual(['A', 'B', 'A', 'B']);
});

test('the ratio is the median of the ratios of the pairs, so a machine that turned slow for a pair does not count', () => {
  expect(ratioOf([10, 50, 12], [10, 50, 10])).toEqual({ median: 1, min: 1, max: 1.2 });
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('a goal is reached by the ratio, or by the value where the goal is one', () => {
  const row = { what: 'x', unit: 'ns', ours: [11, 11, 11], theirs: [10, 10, 10] };
  expect(toRow({ ...row, maxRatio: 1.2 })).toMatchObject({ goal: '<= 1.20 x', reached: 'yes' });
  expect(toRow({ ...row, maxRatio: 1.05 })).toMatchObject({ reached: 'no' });
  expect(toRow({ ...row, maxValue: 10 })).toMatchObject({ goal: '<= 10 ns', reached: 'no' });
  expect(toRow(row)).toMatchObject({ goal: '-', reached: '-' });
});

test('the table has a line per row', () => {
  const text = table([toRow({ what: 'CPU per request', against: 'them', unit: 'µs', ours: [11], theirs: [10], maxRatio: 1.2 })]);
  expect(text).toMatch(/^what .*\nCPU per request {2}them +11\.0 µs +10\.0 µs +1\.10 +1\.10\.\.1\.10 +<= 1\.20 x +yes$/);
});
