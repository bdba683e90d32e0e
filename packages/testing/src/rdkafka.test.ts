import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

// The built package in a folder of its own, as a project has it that never installed the client.
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patron-testing-'));
  cpSync(fileURLToPath(new URL('../dist', import.meta.url)), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('without node-rdkafka the error is the command that installs it', () => {
  expect(failure()).toEqual({
    code: 'PATRON_TESTING_RDKAFKA_MISSING',
    message: 'an embedded Kafka needs node-rdkafka: `npm install --save-dev node-rdkafka`',
    cause: 'ERR_MODULE_NOT_FOUND',
  });
});

test('with a node-rdkafka that was compiled for another Node the error is the command that compiles it', () => {
  const installed = join(folder, 'node_modules', 'node-rdkafka');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{ "name": "node-rdkafka", "main": "index.js" }');
  // What Node says of a program for another version is what it says of one that is no program.
  writeFileSync(join(installed, 'binding.node'), 'for another Node');
  writeFileSync(join(installed, 'index.js'), "require('./binding.node');");
  expect(failure()).toEqual({
    code: 'PATRON_TESTING_RDKAFKA_MISSING',
    message: expect.stringMatching(/is installed, but does not load in Node v[\d.]+: `npm rebuild node-rdkafka`/),
    cause: 'ERR_DLOPEN_FAILED',
  });
});

function failure(): unknown {
  const source = `
    const { startKafka } = await import(${JSON.stringify(new URL(`file://${folder}/dist/index.js`).href)});
    const { code, message, cause } = await startKafka().catch((error) => error);
    console.log(JSON.stringify({ code, message, cause: cause.code }));`;
  const { NODE_PATH: _path, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8', env });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as unknown;
}
