import { expect, test } from '@jest/globals';
import { parseStatusSet } from './status-set.ts';

function statusesOf(text: string): number[] | undefined {
  const set = parseStatusSet(text);
  if (set === undefined) return undefined;
  return Array.from({ length: 700 }, (_, status) => status).filter((status) => set.has(status));
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

test.each([
  ['409', [409]],
  ['409;[500,600)', [409, ...range(500, 599)]],
  ['(409,412]', [410, 411, 412]],
  ['(409,411)', [410]],
  ['[404,404]', [404]],
  ['[500,502];[501,503]', [500, 501, 502, 503]],
  ['409; [500,501] ', [409, 500, 501]],
  ['[100,599]', range(100, 599)],
])('%s means those statuses and no others', (text, statuses) => {
  expect(statusesOf(text)).toEqual(statuses);
});

test.each([
  '409,500',
  '99',
  '600',
  '4xx',
  '[500,600]',
  '[500,600',
  '500,600)',
  '(409,410)',
  '[503,500]',
  '[500]',
  '[500,550,599]',
  '409;',
  ';',
])('%s means nothing and is refused', (text) => {
  expect(parseStatusSet(text)).toBeUndefined();
});
