import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkTree } from '../lib/fixture.mjs';
import { repository } from '../lib/repository.mjs';
import { check as format } from './format.mjs';
import { check as lint } from './lint.mjs';
import { check as types } from './types.mjs';

const own = (name: string) => readFileSync(join(repository, name), 'utf8');

describe('format', () => {
  // The fixture is no git repository, so there is no .gitignore to follow.
  const config = own('biome.json').replace('"enabled": true, "clientKind"', '"enabled": false, "clientKind"');

  test('passes what the formatter would write', async () => {
    expect(await checkTree(format, { 'biome.json': config, 'a.ts': "export const a = 'b';\n" })).toEqual({ problems: [] });
  });

  test('names the file that it would change', async () => {
    const { problems } = await checkTree(format, { 'biome.json': config, 'src/a.ts': 'export const a = "b"' });
    expect(problems).toEqual(['src/a.ts is not formatted: run npm run format']);
  });
});

describe('lint', () => {
  const project = {
    '.oxlintrc.json': own('.oxlintrc.json'),
    'tsconfig.json': { compilerOptions: { strict: true, module: 'nodenext', target: 'es2023' } },
  };
  const problemsOf = async (files: Record<string, string>) => (await checkTree(lint, { ...project, ...files })).problems;
  const save = 'async function save(): Promise<void> {}\n';

  test('passes clean code', async () => {
    expect(await problemsOf({ 'a.ts': `${save}await save();\nexport {};\n` })).toEqual([]);
  });

  test.each([
    ['a promise that nobody waits for', `${save}save();\nexport {};\n`, 'no-floating-promises'],
    ['a promise where a boolean is expected', `${save}if (save()) save().catch(() => undefined);\nexport {};\n`, 'no-misused-promises'],
    ['await on what is no promise', 'await 1;\nexport {};\n', 'await-thenable'],
    ['any', 'export const a: any = 1;\n', 'no-explicit-any'],
    ['a default export', 'export default 1;\n', 'no-default-export'],
    ['console in a library', "console.log('x');\nexport {};\n", 'no-console'],
    [
      'a cause that gets lost',
      'export function f() {\n  try {\n    return 1;\n  } catch (error) {\n    throw new Error(`x ${String(error)}`);\n  }\n}\n',
      'preserve-caught-error',
    ],
  ])('refuses %s', async (_title, source, rule) => {
    expect(await problemsOf({ 'src/a.ts': source })).toEqual([expect.stringMatching(new RegExp(`^src/a\\.ts:\\d+:\\d+: .*${rule}`))]);
  });

  test('looks at tests too', async () => {
    expect(await problemsOf({ 'src/a.test.ts': `${save}save();\nexport {};\n` })).toEqual([
      expect.stringContaining('no-floating-promises'),
    ]);
  });
});

describe('types', () => {
  const config = (paths: object) => ({
    compilerOptions: { noEmit: true, strict: true, module: 'nodenext', target: 'es2023', allowJs: true, checkJs: true, types: [], paths },
    include: ['packages/*/src', 'tools'],
  });
  const log = { 'packages/log/package.json': { name: '@patron/log' }, 'packages/log/src/index.ts': 'export const a: number = 1;\n' };
  const paths = { '@patron/log': ['./packages/log/src/index.ts'], '@patron/log/*': ['./packages/log/src/*.ts'] };

  test('passes a test that compiles', async () => {
    const files = {
      ...log,
      'tsconfig.tests.json': config(paths),
      'packages/log/src/a.test.ts': "import { a } from '@patron/log';\nexport const b: number = a;\n",
    };
    expect(await checkTree(types, files)).toEqual({ problems: [] });
  });

  test('names the line of a test and of a script that does not', async () => {
    const files = {
      ...log,
      'tsconfig.tests.json': config(paths),
      'packages/log/src/a.test.ts': "import { a } from '@patron/log';\nexport const b: string = a;\n",
      'tools/a.mjs': '/** @type {string} */\nexport const text = 1;\n',
    };
    expect((await checkTree(types, files)).problems).toEqual([
      expect.stringContaining('packages/log/src/a.test.ts(2,14): error TS2322'),
      expect.stringContaining('tools/a.mjs(2,14): error TS2322'),
    ]);
  });

  test('asks for the paths of a new package', async () => {
    const { problems } = await checkTree(types, { ...log, 'tsconfig.tests.json': config({ '@patron/log': paths['@patron/log'] }) });
    expect(problems).toEqual(['tsconfig.tests.json: paths lacks "@patron/log/*": ["./packages/log/src/*.ts"]']);
  });
});
