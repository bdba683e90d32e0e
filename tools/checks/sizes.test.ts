import { expect, test } from '@jest/globals';
import { checkTree } from '../lib/fixture.mjs';
import { check } from './sizes.mjs';

const lines = (count: number) => 'export {};\n'.repeat(count);
const files = (more: Record<string, string>) => ({ 'packages/log/package.json': { name: '@patron/log' }, ...more });

test('a file of 400 lines passes, from 251 on it is listed for a second look', async () => {
  const { problems, notes } = await checkTree(check, files({ 'packages/log/src/a.ts': lines(250), 'packages/log/src/b.ts': lines(400) }));
  expect(problems).toEqual([]);
  expect(notes).toEqual(['packages/log/src/b.ts has 400 lines: deserves a second look']);
});

test('a file of 401 lines fails, in packages and in tools', async () => {
  const { problems } = await checkTree(check, files({ 'packages/log/src/a.ts': lines(401), 'tools/x/main.mjs': lines(500) }));
  expect(problems).toEqual([
    'packages/log/src/a.ts has 401 lines: more than 400; split it, one idea per file',
    'tools/x/main.mjs has 500 lines: more than 400; split it, one idea per file',
  ]);
});

test('a test may be longer; past 600 lines it is listed', async () => {
  const { problems, notes } = await checkTree(
    check,
    files({ 'packages/log/src/a.test.ts': lines(600), 'packages/log/test/b.test.ts': lines(601) }),
  );
  expect(problems).toEqual([]);
  expect(notes).toEqual(['packages/log/test/b.test.ts has 601 lines: a long test']);
});
