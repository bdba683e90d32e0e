import { expect, test } from '@jest/globals';
import { PathTable } from './path.ts';

const table = new PathTable([
  ['/alive', 'alive'],
  ['/admin', 'admin'],
  ['/log/level', 'level'],
]);

test.each([
  ['/alive', 'alive'],
  ['/alive?', 'alive'],
  ['/alive?verbose=1&x=/admin', 'alive'],
  ['/admin', 'admin'],
  ['/log/level', 'level'],
])('finds %s', (target, value) => {
  expect(table.find(target)).toBe(value);
});

test.each([
  '',
  '/',
  '*',
  '/a',
  '/alive/',
  '//alive',
  '/Alive',
  '/alive;x',
  '/alive%3f',
  '/%61live',
  '/alive#x',
  '/./alive',
  '/x/../alive',
  '/alivex',
  '/aliv',
  '/log',
  '/log/',
  '/log//level',
  '/log%2flevel',
  '/\u0561live',
  'alive',
  '?/alive',
  '/__proto__',
])('finds nothing at %p', (target) => {
  expect(table.find(target)).toBeUndefined();
});
