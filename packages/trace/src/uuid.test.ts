import { expect, test } from '@jest/globals';
import { uuid } from './uuid.ts';

test('ids are version 4 UUIDs, and no two are alike', () => {
  const ids = Array.from({ length: 10_000 }, uuid);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every digit that is not fixed takes every value', () => {
  const seen = Array.from({ length: 36 }, () => new Set<string>());
  for (let i = 0; i < 2000; i++) for (const [at, digit] of [...uuid()].entries()) seen[at]?.add(digit);
  const sizes = seen.map(({ size }) => size);
  expect(sizes).toEqual([
    ...Array(8).fill(16),
    1,
    ...Array(4).fill(16),
    1,
    1,
    ...Array(3).fill(16),
    1,
    4,
    ...Array(3).fill(16),
    1,
    ...Array(12).fill(16),
  ]);
});
