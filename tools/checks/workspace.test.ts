import { expect, test } from '@jest/globals';
import { checkTree } from '../lib/fixture.mjs';
import { check } from './workspace.mjs';

const manifest = {
  name: '@patron/log',
  license: 'Apache-2.0',
  type: 'module',
  engines: { node: '>=20.19' },
  files: ['dist'],
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
};
const good = {
  '.changeset/config.json': { fixed: [], linked: [], access: 'public' },
  'packages/log/package.json': manifest,
  'packages/log/README.md': '# @patron/log\n\nLogs.\n\nInstall it.\n\nUse it.\n',
  'packages/log/src/index.ts': 'export const a = 1;\n'.repeat(20),
  'packages/log/dist/index.js': '',
  'packages/log/dist/index.d.ts': '',
};
const problemsOf = async (files: Record<string, string | object>) => (await checkTree(check, { ...good, ...files })).problems;

test('a package that does something passes', async () => {
  expect(await problemsOf({})).toEqual([]);
});

test.each([
  ['another licence', { license: 'MIT' }, 'license should be "Apache-2.0"'],
  ['no engines', { engines: {} }, 'engines.node should be ">=20.19"'],
  ['CommonJS', { type: 'commonjs' }, 'type should be "module"'],
  ['a name that is not its folder', { name: '@patron/logger' }, 'the name should be @patron/'],
  ['sources published', { files: ['src', 'lib'] }, 'files should name dist'],
  [
    'an entry that is not built',
    { exports: { './x': { types: './dist/index.d.ts', default: './dist/x.js' } } },
    '"./x" leads to ./dist/x.js',
  ],
  ['types after default', { exports: { '.': { default: './dist/index.js', types: './dist/index.d.ts' } } }, 'needs "types", first'],
  ['no entry', { exports: {} }, 'has no exports'],
])('%s', async (_title, change, reason) => {
  const problems = await problemsOf({ 'packages/log/package.json': { ...manifest, ...change } });
  expect(problems).toEqual([expect.stringContaining(reason)]);
  expect(problems[0]).toContain('packages/log/package.json');
});

test('an empty shell', async () => {
  expect(await problemsOf({ 'packages/log/src/index.ts': 'export {};\n' })).toEqual([
    expect.stringContaining('packages/log is an empty shell'),
  ]);
});

test('a README that says nothing', async () => {
  expect(await problemsOf({ 'packages/log/README.md': '# log\n' })).toEqual(['packages/log/README.md says next to nothing']);
});

test.each([
  [{ fixed: [['@patron/*']], linked: [], access: 'public' }, '"fixed" ties versions together'],
  [{ fixed: [], linked: [['@patron/*']], access: 'public' }, '"linked" ties versions together'],
  [{ fixed: [], linked: [] }, 'access should be "public"'],
])('releases that depend on each other: %j', async (config, reason) => {
  expect(await problemsOf({ '.changeset/config.json': config })).toEqual([expect.stringContaining(reason)]);
});
