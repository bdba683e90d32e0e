import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkTree, tree } from '../lib/fixture.mjs';
import { check } from './docs.mjs';

const log = {
  'packages/log/package.json': { name: '@patron/log' },
  'packages/log/src/errors.ts':
    "export class A extends Error {\n  readonly code = 'PATRON_A_BROKEN';\n}\nexport type Code = 'PATRON_B_LATE';\n",
};
const page = (...rows: string[]) =>
  [
    '# Errors',
    '',
    '<!-- table:errors -->',
    '| Code | From | Meaning and what to do |',
    '| --- | --- | --- |',
    ...rows,
    '<!-- /table -->',
    '',
    'The end.',
    '',
  ].join('\n');
const a = '| `PATRON_A_BROKEN` | @patron/log | A is broken: mend it |';
const b = '| `PATRON_B_LATE` | @patron/log | B was late |';

const problemsOf = async (files: Record<string, string>) => (await checkTree(check, { ...log, ...files })).problems;

describe('the table of error codes', () => {
  test('passes when page and sources hold the same codes', async () => {
    expect(await problemsOf({ 'docs/errors.md': page(a, b) })).toEqual([]);
  });

  test('a code that the page lacks', async () => {
    expect(await problemsOf({ 'docs/errors.md': page(a) })).toEqual(['docs/errors.md lacks a row for `PATRON_B_LATE`: run npm run docs']);
  });

  test('a row for a code that is gone', async () => {
    expect(await problemsOf({ 'docs/errors.md': page(a, b, '| `PATRON_C` | @patron/log | c |') })).toEqual([
      'docs/errors.md has a row for `PATRON_C`, which the code does not know: run npm run docs',
    ]);
  });

  test('a generated cell that differs, and a meaning that nobody has written', async () => {
    expect(
      await problemsOf({ 'docs/errors.md': page('| `PATRON_A_BROKEN` | @patron/core | x |', '| `PATRON_B_LATE` | @patron/log | |') }),
    ).toEqual([
      'docs/errors.md: `PATRON_A_BROKEN` has From "@patron/core", the code says "@patron/log": run npm run docs',
      'docs/errors.md: `PATRON_B_LATE` needs its "Meaning and what to do", written by hand',
    ]);
  });

  test('no page, and a page without the table', async () => {
    expect(await problemsOf({})).toEqual([expect.stringContaining('docs/errors.md is missing')]);
    expect(await problemsOf({ 'docs/errors.md': '# Errors\n' })).toEqual([expect.stringContaining('docs/errors.md has no table "errors"')]);
  });

  test('environment variables, sentences, comments and tests hold no codes', async () => {
    const files = {
      'docs/errors.md': page(a, b),
      'packages/log/src/environment.ts': "export const port = 'PATRON_HTTP_DEFAULT_PORT';\n",
      'packages/log/src/c.ts': "// 'PATRON_OLD'\nexport const c = ['PATRON_HTTP_DEFAULT_PORT', 'set PATRON_X to 1'];\n",
      'packages/log/src/c.test.ts': "export const d = 'PATRON_ONLY_IN_A_TEST';\n",
    };
    expect(await problemsOf(files)).toEqual([]);
  });

  test('a code of errors.ts that is a variable too is still a code', async () => {
    const files = { 'docs/errors.md': page(a), 'packages/log/src/environment.ts': "export const b = 'PATRON_B_LATE';\n" };
    expect(await problemsOf(files)).toEqual(['docs/errors.md lacks a row for `PATRON_B_LATE`: run npm run docs']);
  });

  test('--write adds and drops rows and keeps what was written by hand', async () => {
    const { root, remove } = tree({ ...log, 'docs/errors.md': page(a, '| `PATRON_C` | @patron/log | c |') });
    const { problems } = await check(root, { write: true });
    expect(problems).toEqual(['docs/errors.md: `PATRON_B_LATE` needs its "Meaning and what to do", written by hand']);
    expect(readFileSync(join(root, 'docs/errors.md'), 'utf8')).toBe(page(a, '| `PATRON_B_LATE` | @patron/log |  |'));
    remove();
  });

  test('a table that no generator makes', async () => {
    expect(await problemsOf({ 'docs/errors.md': page(a, b), 'docs/x.md': '<!-- table:nonsense -->\n<!-- /table -->\n' })).toEqual([
      'docs/x.md:1 shows the table "nonsense", but tools/checks/tables/nonsense.mjs does not exist',
    ]);
  });
});

describe('the table of variables', () => {
  const core = {
    'packages/core/package.json': '{ "name": "@patron/core", "type": "module" }',
    'packages/core/dist/environment.js':
      "export const environmentTable = { port: { name: 'PATRON_PORT', default: '1', meaning: 'The port.' } };\n",
    'docs/errors.md': page(a, b),
  };
  const shown = (row: string) =>
    `<!-- table:environment -->\n| Variable | Default | Meaning |\n| --- | --- | --- |\n${row}\n<!-- /table -->\n`;

  test('passes when it is the one that the code reads', async () => {
    expect(await problemsOf({ ...core, 'docs/configuration.md': shown('| `PATRON_PORT` | 1 | The port. |') })).toEqual([]);
  });

  test('another default is named', async () => {
    expect(await problemsOf({ ...core, 'docs/configuration.md': shown('| `PATRON_PORT` | 2 | The port. |') })).toEqual([
      'docs/configuration.md: `PATRON_PORT` has Default "2", the code says "1": run npm run docs',
    ]);
  });
});

describe('links', () => {
  const ok = { 'docs/errors.md': `${page(a, b)}\n## Two words, \`code\`\n` };

  test('to files and headings that exist pass, those to the web are not followed', async () => {
    const text = '[a](docs/errors.md) [b](docs/errors.md#two-words-code) [c](#d) [e](https://example.org/nothing)\n\n# D\n';
    expect(await problemsOf({ ...ok, 'README.md': text })).toEqual([]);
  });

  test('that lead nowhere are named with their line', async () => {
    const text = '# A\n\n[a](docs/gone.md)\n\n[b](docs/errors.md#gone)\n\n```ts\n// [c](gone.md)\n```\n`[d](gone.md)`\n';
    expect(await problemsOf({ ...ok, 'README.md': text })).toEqual([
      'README.md:3 links to docs/gone.md, which does not exist',
      'README.md:5 links to docs/errors.md#gone, but that page has no such heading',
    ]);
  });

  test('in the README of a package', async () => {
    expect(await problemsOf({ ...ok, 'packages/log/README.md': '[a](../../docs/gone.md)\n' })).toEqual([
      expect.stringContaining('packages/log/README.md:1 links to'),
    ]);
  });
});
