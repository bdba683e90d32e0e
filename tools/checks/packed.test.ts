import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkTree } from '../lib/fixture.mjs';
import { readJson, repository } from '../lib/repository.mjs';
import { check } from './packed.mjs';

const timeoutMs = 120_000;
const license = {
  LICENSE: readFileSync(join(repository, 'LICENSE'), 'utf8'),
  'pnpm-workspace.yaml': 'packages: [packages/*]\n',
  'package.json': { private: true },
};
const manifest = {
  name: '@patron/log',
  version: '1.0.0',
  license: 'Apache-2.0',
  type: 'module',
  files: ['dist'],
  engines: { node: '>=20.19' },
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './pino': { types: './dist/pino.d.ts', default: './dist/pino.js' },
  },
  peerDependencies: { pino: '>=9' },
  peerDependenciesMeta: { pino: { optional: true } },
  devDependencies: { pino: readJson(join(repository, 'packages/log/package.json')).devDependencies.pino },
};
const log = {
  'packages/log/package.json': manifest,
  'packages/log/README.md': '# log\n',
  'packages/log/dist/index.js': 'export const one = 1;\n',
  'packages/log/dist/index.d.ts': 'export declare const one: number;\n',
  'packages/log/dist/pino.js': "import { pino } from 'pino';\nexport const p = pino;\n",
  'packages/log/dist/pino.d.ts': 'export declare const p: unknown;\n',
};
const trace = {
  'packages/trace/package.json': {
    ...manifest,
    name: '@patron/trace',
    exports: { '.': manifest.exports['.'] },
    dependencies: { '@patron/log': 'workspace:^' },
    peerDependencies: {},
    devDependencies: {},
  },
  'packages/trace/README.md': '# trace\n',
  // As an install would have it: pack takes the version of `workspace:^` from there.
  'packages/trace/node_modules/@patron/log/package.json': { name: '@patron/log', version: '1.0.0' },
  'packages/trace/dist/index.js': "export { one } from '@patron/log';\n",
  'packages/trace/dist/index.d.ts': "export { one } from '@patron/log';\n",
};

test(
  'packages that install and load with import() and require() pass',
  async () => {
    expect(await checkTree(check, { ...license, ...log, ...trace })).toEqual({ problems: [] });
  },
  timeoutMs,
);

test(
  'what is wrong with a tarball is named',
  async () => {
    const { problems } = await checkTree(check, {
      ...license,
      ...log,
      'packages/log/README.md': '',
      'packages/log/package.json': {
        ...manifest,
        files: ['dist', 'src'],
        exports: { '.': { types: './dist/gone.d.ts', default: './dist/index.js' } },
      },
      'packages/log/src/index.ts': '',
      'packages/log/dist/index.test.js': '',
      'packages/log/dist/index.js.map': { version: 3, sources: ['../gone.ts'], mappings: '' },
      'packages/log/dist/tsconfig.tsbuildinfo': '{}',
    });
    const text = problems.join('\n');
    expect(text).toContain('the tarball holds dist/index.test.js: neither tests nor sources are shipped');
    expect(text).toContain('the tarball holds src/index.ts: neither tests nor sources are shipped');
    expect(text).toContain('the tarball holds dist/tsconfig.tsbuildinfo: see "files"');
    expect(text).toContain('dist/index.js.map points to ../gone.ts, which is not shipped');
    expect(text).toMatch(/publint objects:\n[^]*gone\.d\.ts/);
    expect(text).toContain('attw objects:');
  },
  timeoutMs,
);

test(
  'an entry that plain Node refuses is named, jest would have taken it',
  async () => {
    const { problems } = await checkTree(check, {
      ...license,
      ...log,
      'packages/log/dist/index.js': 'export const one = await Promise.resolve(1);\n',
      'packages/log/dist/pino.js': "export const p = await import('pino').catch(() => { throw new Error('something is missing'); });\n",
      ...trace,
      'packages/trace/dist/index.js': "import { nothingOfThatName } from 'node:fs';\nexport const one = nothingOfThatName;\n",
      'packages/trace/package.json': { ...trace['packages/trace/package.json'], dependencies: {} },
      'packages/trace/dist/index.d.ts': 'export declare const one: number;\n',
    });
    expect(problems.map((problem) => problem.split('\n')[0])).toEqual([
      expect.stringMatching(/^require\('@patron\/log'\) fails in plain Node/),
      expect.stringMatching(/^import\('@patron\/log\/pino'\) without pino does not say what to install/),
      expect.stringMatching(/^require\('@patron\/log\/pino'\) fails in plain Node/),
      expect.stringMatching(/^import\('@patron\/trace'\) fails in plain Node/),
      expect.stringMatching(/^require\('@patron\/trace'\) fails in plain Node/),
    ]);
  },
  timeoutMs,
);
