import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { built, jsonLines, runProgram } from '../test/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'patron-log-'));
let imports: string;

beforeAll(() => {
  cpSync(fileURLToPath(new URL('../dist', import.meta.url)), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  imports = `import * as a from '${built()}'; import * as b from '${pathToFileURL(join(folder, 'dist/index.js')).href}';`;
});

afterAll(() => rmSync(folder, { recursive: true }));

test('two copies of the package in one process share set-up, level, contexts and fields', () => {
  const { stderr } = runProgram(`${imports}
    if (a.log === b.log) throw new Error('these are not two copies');
    const early = b.log.sub({ early: 1 });
    a.setup(a.winston(), { srv: 'orders' });
    b.setLevel('debug');
    a.log.debug('a');
    early.debug('b');
    a.withContext(a.log.sub({ correlationID: 'c' }), () => { b.log.info('context'); b.fromContext().sub({ x: 1 }).info('below'); early.info('both') });
    console.log(a.levelState(), b.levelState());`);
  expect(jsonLines(stderr)).toMatchObject([
    { lvl: 'debug', msg: 'a', srv: 'orders' },
    { lvl: 'debug', msg: 'b', srv: 'orders', early: 1 },
    { msg: 'context', srv: 'orders', correlationID: 'c' },
    { msg: 'below', srv: 'orders', correlationID: 'c', x: 1 },
    { msg: 'both', srv: 'orders', correlationID: 'c', early: 1 },
  ]);
});

test('two copies listen to the end of the process once, and keep the order of their lines', () => {
  const { stderr } = runProgram(`${imports} const before = process.listenerCount('exit');
    a.setup(a.winston()); a.log.info('1'); b.setup(b.winston()); b.log.info('2'); a.log.info('3');
    b.log.info('listeners', { count: process.listenerCount('exit') - before });`);
  expect(jsonLines(stderr)).toMatchObject([{ msg: '1' }, { msg: '2' }, { msg: '3' }, { count: 1 }]);
});

test('the error of one copy is known to the other by its code', () => {
  const { stdout } = runProgram(
    `${imports} try { a.setLevel('x') } catch (error) { console.log(error.code, error instanceof b.LogError) }`,
  );
  expect(stdout).toBe('PATRON_LOG_LEVEL_INVALID false\n');
});
