import { describe, expect, test } from '@jest/globals';
import { checkTree } from '../lib/fixture.mjs';
import { check } from './graph.mjs';

const log = {
  'packages/log/package.json': { name: '@patron/log', exports: { '.': { default: './dist/index.js' } }, dependencies: { winston: '3' } },
  'packages/log/src/index.ts': "import winston from 'winston';\nexport { winston };\n",
};
const http = {
  name: '@patron/http',
  exports: { '.': { default: './dist/index.js' }, './client': { default: './dist/client.js' } },
  dependencies: { '@patron/log': 'workspace:^', undici: '7' },
  peerDependencies: { '@patron/core': 'workspace:^' },
  devDependencies: { '@patron/core': 'workspace:^' },
};
const good = {
  ...log,
  'packages/http/package.json': http,
  'packages/http/src/index.ts':
    "import { log } from '@patron/log';\nimport type { Service } from '@patron/core/http';\nimport { join } from 'node:path';\n",
  'packages/http/src/client.ts': "import { request } from 'undici';\n",
};

const problemsOf = async (files: Record<string, string | object>) => (await checkTree(check, { ...good, ...files })).problems;

describe('an import that the graph allows', () => {
  test('passes', async () => {
    expect(await problemsOf({})).toEqual([]);
  });

  test('a leaf that imports another package is named with its line and what it may import', async () => {
    expect(await problemsOf({ 'packages/log/src/b.ts': "\n\nimport { trace } from '@patron/trace';\n" })).toEqual([
      'packages/log/src/b.ts:3 imports @patron/trace: log may import winston, pino (tools/checks/graph-rules.mjs)',
    ]);
  });

  test.each([
    ["import type { Routes } from '@patron/http';"],
    ["export { get } from '@patron/http';"],
    ["export * from '@patron/http';"],
    ["type R = import('@patron/http').Routes;"],
    ["const http = await import('@patron/http');"],
    ['const http = await import(`@patron/http`);'],
    ["const path = require.resolve('@patron/http');"],
    ["import { createRequire } from 'node:module'; const load = createRequire(import.meta.url); load('@patron/http');"],
    ["import { createRequire } from 'node:module'; createRequire(import.meta.url)('@patron/http');"],
    ["import http = require('@patron/http');"],
    ["declare module '@patron/http' { interface X {} }"],
  ])('is found in any form: %s', async (source) => {
    const problems = await problemsOf({ 'packages/log/src/b.ts': `${source}\n` });
    expect(problems).toEqual([expect.stringMatching(/^packages\/log\/src\/b\.ts:1 imports @patron\/http: log may import/)]);
  });

  test('an import in a comment or a string is none', async () => {
    expect(
      await problemsOf({ 'packages/log/src/b.ts': "// import '@patron/http'\nexport const text = \"import x from '@patron/http'\";\n" }),
    ).toEqual([]);
  });

  test('a transport does not import another one', async () => {
    expect(await problemsOf({ 'packages/http/src/b.ts': "import '@patron/kafka';\n" })).toEqual([
      expect.stringContaining('packages/http/src/b.ts:1 imports @patron/kafka: http may import'),
    ]);
  });

  test('a third party that the table does not name', async () => {
    expect(await problemsOf({ 'packages/log/src/b.ts': "import _ from 'lodash/fp';\n" })).toEqual([
      expect.stringContaining('b.ts:1 imports lodash: log may'),
    ]);
  });

  test.each([
    ["import '../../trace/src/index.ts';", 'outside of its own src'],
    ["import '../../../examples/http/src/main.ts';", 'outside of its own src'],
    ["import '@patron/log/pino';", 'imports its own package'],
    ['await import(name);', 'by a computed name'],
    ["import './a.test.ts';", 'imports the test'],
    ["export * from './other.ts';", 'list the names'],
  ])('a way around it is closed: %s', async (source, reason) => {
    expect(await problemsOf({ 'packages/log/src/b.ts': `${source}\n` })).toEqual([expect.stringContaining(reason)]);
  });

  test('a package without a row', async () => {
    expect(await problemsOf({ 'packages/nats/package.json': { name: '@patron/nats' } })).toEqual([
      expect.stringContaining('packages/nats is in no row'),
    ]);
  });
});

describe('what only one entry may load', () => {
  test('is reported where another entry reaches it', async () => {
    const problems = await problemsOf({
      'packages/http/src/index.ts': "import '@patron/log';\nimport type {} from '@patron/core';\nimport './client.ts';\n",
    });
    expect(problems).toEqual(['packages/http/src/client.ts:1 brings undici into the entry ".": it belongs to ./client only']);
  });

  test('may be reached lazily', async () => {
    const source = "import '@patron/log';\nimport type {} from '@patron/core';\nexport const client = () => import('./client.ts');\n";
    expect(await problemsOf({ 'packages/http/src/index.ts': source })).toEqual([]);
  });
});

describe('package.json agrees with the imports', () => {
  test.each([
    ['a peer among the dependencies', { dependencies: { ...http.dependencies, '@patron/core': 'workspace:^' } }, '@patron/core is a peer'],
    ['a peer that is not installed here', { devDependencies: {} }, '@patron/core belongs in devDependencies too'],
    [
      'a dependency that nobody imports',
      { dependencies: { ...http.dependencies, '@patron/trace': 'workspace:^' } },
      'declares @patron/trace, but its sources never import it',
    ],
    ['an import that is not declared', { dependencies: { undici: '7' } }, 'does not declare @patron/log'],
    ['a dependency that the table does not name', { dependencies: { ...http.dependencies, lodash: '4' } }, 'depends on lodash'],
    [
      'a version of its own instead of the workspace',
      { dependencies: { ...http.dependencies, '@patron/log': '^1.0.0' } },
      'should be "workspace:^"',
    ],
  ])('%s', async (_title, change, reason) => {
    const problems = await problemsOf({ 'packages/http/package.json': { ...http, ...change } });
    expect(problems).toEqual([expect.stringContaining(reason)]);
    expect(problems[0]).toContain('packages/http/package.json');
  });

  test('an optional peer that is not marked as one', async () => {
    const problems = await problemsOf({
      'packages/log/package.json': {
        name: '@patron/log',
        dependencies: { winston: '3' },
        peerDependencies: { pino: '9' },
        devDependencies: { pino: '9' },
      },
      'packages/log/src/pino.ts': "import 'pino';\n",
    });
    expect(problems).toEqual([expect.stringContaining('pino is an optional peer: mark it in peerDependenciesMeta')]);
  });
});

describe('tests, examples and tools import what is declared for them', () => {
  test.each([
    ['packages/log/src/a.test.ts', 'packages/log/package.json'],
    ['packages/log/test/a.test.ts', 'packages/log/package.json'],
    ['examples/http/src/main.ts', 'examples/http/package.json'],
    ['tools/a.mjs', 'package.json'],
  ])('%s', async (file, manifest) => {
    const files = { 'package.json': { name: 'root', devDependencies: { jest: '30' } }, 'examples/http/package.json': { name: 'example' } };
    expect(await problemsOf({ ...files, [file]: "import 'jest';\n" })).toEqual([]);
    expect(await problemsOf({ ...files, [file]: "import 'express';\n" })).toEqual([
      `${file}:1 imports express, which ${manifest} does not declare`,
    ]);
  });
});
