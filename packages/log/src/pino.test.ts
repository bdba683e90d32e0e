import { describe, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { built, jsonLines, runProgram } from '../test/program.ts';

const OURS = `import { log, setLevel, setup } from '${built()}'; import { pino } from '${built('pino')}';`;
const LIBRARY = `${OURS} import library from '${import.meta.resolve('pino')}';`;

describe('the instance that patron makes', () => {
  test('writes the keys that the default factory writes', () => {
    const { stderr } = runProgram(`${OURS} setup(pino({ redact: ['password'] }), { srv: 'orders', ver: '1', host: 'h', team: 'x' });
      log.sub({ a: 1, team: 'y' }).warn('x\\u2028', { b: 2, team: 'z', lvl: 'mine', password: 'p', error: new Error('e', { cause: 1n }) });
      log.info('off and on'); setLevel('warn'); log.info('off'); setLevel('debug'); log.debug('on')`);
    const lines = jsonLines(stderr);
    expect(lines).toMatchObject([
      {
        lvl: 'warn',
        msg: 'x\u2028',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        srv: 'orders',
        ver: '1',
        host: 'h',
        team: 'z',
        a: 1,
        b: 2,
        _lvl: 'mine',
        password: '[Redacted]',
        error: { message: 'e', cause: '1' },
      },
      { msg: 'off and on' },
      { lvl: 'debug', msg: 'on' },
    ]);
    expect(stderr).toContain('\\u2028');
    expect(stderr.match(/"team"/g)).toHaveLength(3);
  });

  test('has fatal and panic', () => {
    const { stderr, code } = runProgram(`${OURS} setup(pino()); try { log.panic('p') } catch (e) { log.info(e.code) } log.fatal('f')`);
    expect(jsonLines(stderr)).toMatchObject([
      { lvl: 'panic', msg: 'p' },
      { lvl: 'info', msg: 'PATRON_PANIC' },
      { lvl: 'fatal', msg: 'f' },
    ]);
    expect(code).toBe(1);
  });

  test('takes what can not be serialised', () => {
    const { stderr, code } = runProgram(`${OURS} setup(pino()); const cycle = {}; cycle.cycle = cycle;
      log.info('x', { cycle, big: 1n, f() {}, get bad() { throw new Error('mine') }, nested: { get bad() { throw new Error('mine') } } }); log.info('y')`);
    expect(jsonLines(stderr)).toMatchObject([{ msg: 'x', bad: '[Throws: mine]' }, { msg: 'y' }]);
    expect(code).toBe(0);
  });
});

describe('an instance of the user', () => {
  test('keeps its keys and destination; levels are patrons affair; the instance stays as it was', () => {
    const { stdout } =
      runProgram(`${LIBRARY} const mine = library({ level: 'error', base: null, timestamp: false }, library.destination({ dest: 1, sync: true }));
      setup(pino(mine), { srv: 'orders' }); log.info('on', { a: 1 }); log.debug('off'); log.sub({ b: 2 }).info('sub', { b: 3 }); mine.info('off')`);
    expect(jsonLines(stdout)).toEqual([
      { level: 30, srv: 'orders', a: 1, msg: 'on' },
      { level: 30, srv: 'orders', b: 3, msg: 'sub' },
    ]);
  });

  test.each([
    ['fatal', `log.fatal('last')`, 1],
    ['panic, which it writes as fatal', `log.panic('last')`, 1],
    ['process.exit()', `log.error('last'); process.exit(3)`, 3],
  ])('has what its destination buffers flushed at %s', (_, end, expected) => {
    const { stdout, code } = runProgram(`${LIBRARY} const destination = library.destination({ dest: 1, sync: false, minLength: 4096 });
      setup(pino(library(destination))); await new Promise((resolve) => destination.once('ready', resolve)); log.info('first'); ${end}`);
    expect(jsonLines(stdout)).toMatchObject([{ msg: 'first' }, { msg: 'last' }]);
    expect(code).toBe(expected);
  });
});

test('without pino the error says how to install it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patron-log-'));
  cpSync(fileURLToPath(new URL('../dist', import.meta.url)), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const { stdout } = runProgram(`const { pino } = await import('${pathToFileURL(join(folder, 'dist/pino.js')).href}');
    try { pino() } catch (error) { console.log(error.code, error.message) }`);
  rmSync(folder, { recursive: true });
  expect(stdout).toMatch(/^PATRON_LOG_PINO_MISSING .*npm install pino/);
});
