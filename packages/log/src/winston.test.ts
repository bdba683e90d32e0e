import { describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { built, jsonLines, runProgram } from '../test/program.ts';
import { winston } from './winston.ts';

const SETUP = `import { log, setup, winston } from '${built()}';`;

describe('options', () => {
  test('all that are not valid are named at once, with their values', () => {
    const bad = { output: 'file', style: 'xml', redact: 'password', colour: true } as never;
    expect(() => winston(bad)).toThrow(expect.objectContaining({ code: 'PATRON_LOG_OPTION' }));
    expect(() => winston(bad)).toThrow(/output is 'file'.*style is 'xml'.*redact is 'password'.*colour is no option/);
  });

  test('undefined is the default', () => {
    expect(() => winston({ output: undefined, style: undefined } as never)).not.toThrow();
  });
});

describe('where lines go', () => {
  test('to stderr, one JSON object per line', () => {
    const { stdout, stderr } = runProgram(
      `${SETUP} setup(winston(), { srv: 'orders', ver: '1', host: 'h' }); log.info('a', { n: 1 }); log.sub({ m: 2 }).warn('b\\nc')`,
    );
    expect(stdout).toBe('');
    expect(jsonLines(stderr)).toMatchObject([
      { lvl: 'info', msg: 'a', srv: 'orders', ver: '1', host: 'h', n: 1 },
      { lvl: 'warn', msg: 'b\nc', m: 2 },
    ]);
  });

  test('to stdout on demand', () => {
    const { stdout, stderr } = runProgram(`${SETUP} setup(winston({ output: 'stdout' })); log.info('a')`);
    expect(stderr).toBe('');
    expect(jsonLines(stdout)).toMatchObject([{ msg: 'a' }]);
  });
});

test('a line does not keep require() from finding packages behind symbolic links', () => {
  const library = import.meta.resolve('winston');
  const { stdout } = runProgram(`import '${library}'; import { createRequire } from 'node:module'; ${SETUP} log.info('x');
    console.log(createRequire('${built()}').resolve('winston'))`);
  expect(stdout.trim()).toBe(fileURLToPath(library));
});

describe('text', () => {
  const program = (options: string): string =>
    `${SETUP} setup(winston(${options}), { srv: 'orders' }); log.error('it failed', { id: 7, why: 'two words', error: new TypeError('bad', { cause: new Error('worse') }) })`;

  test('is for people: time of day, level, message, fields, and the frames of errors below', () => {
    const { stderr } = runProgram(program(`{ style: 'text' }`));
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ERR it failed srv=orders id=7 why="two words" error="TypeError: bad"\n {8}at /);
    expect(stderr).toContain('\n    caused by Error: worse\n        at ');
  });

  test.each([
    ['no colours without a terminal', '', {}, false],
    ['FORCE_COLOR', '', { FORCE_COLOR: '1' }, true],
    ['the option, whatever the environment', ', color: true', { NO_COLOR: '1' }, true],
    ['the option, whatever the environment', ', color: false', { FORCE_COLOR: '1' }, false],
  ] as const)('colours: %s', (_, option, env, coloured) => {
    const { stderr } = runProgram(program(`{ style: 'text'${option} }`), env);
    expect(stderr.includes('\u001b[31mERR\u001b[0m')).toBe(coloured);
  });

  test('FORCE_COLOR alone does not turn JSON into text', () => {
    expect(jsonLines(runProgram(program('{}'), { FORCE_COLOR: '1' }).stderr)).toMatchObject([{ lvl: 'error' }]);
  });
});

describe('src', () => {
  test('is where the line was written, through every way to write one', () => {
    const { stderr } = runProgram(`import { fromContext, log, setup, winston, withContext } from '${built()}';
      setup(winston({ source: true }));
      log.info('line 3');
      log.infof('line %d', 4);
      const sub = log.sub({ a: 1 });
      sub.warn('line 6');
      withContext(sub, () => {
        fromContext().error('line 8');
        try { log.panic('line 9') } catch {}
      });`);
    const lines = jsonLines(stderr);
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(`line ${String(line['src']).split(':').at(-1)}`).toBe(line['msg']);
  });

  test('leaves the stack trace limit of the process as it was', () => {
    const { stderr } = runProgram(
      `${SETUP} Error.stackTraceLimit = 0; setup(winston({ source: true })); log.info('x'); log.info(String(Error.stackTraceLimit))`,
    );
    expect(jsonLines(stderr)).toMatchObject([{ src: expect.stringMatching(/:1$/) }, { msg: '0' }]);
  });
});

describe('what the user brings of winston', () => {
  const LIBRARY = `import library from '${import.meta.resolve('winston')}'; ${SETUP}`;

  test('a format builds the line, and the line still goes to the descriptor', () => {
    const { stderr } = runProgram(`${LIBRARY} const { combine, colorize, printf } = library.format;
      setup(winston({ format: combine(colorize(), printf((i) => i.level + '|' + i.message + '|' + i.timestamp + '|' + i.n)), redact: ['n'] }));
      log.fatal('bye', { n: 1 });`);
    expect(stderr).toMatch(/^\u001b\[31mfatal\u001b\[39m\|bye\|\d{4}-.*Z\|\[redacted\]\n$/);
  });

  test('transports get each line, too, with its fields', () => {
    const { stdout, stderr } = runProgram(`${LIBRARY}
      setup(winston({ transports: [new library.transports.Stream({ stream: process.stdout })] }), { srv: 'orders' });
      log.sub({ a: 1 }).warn('both', { b: 2n });`);
    expect(jsonLines(stderr)).toMatchObject([{ lvl: 'warn', msg: 'both', srv: 'orders', a: 1, b: '2' }]);
    expect(jsonLines(stdout)).toMatchObject([{ level: 'warn', message: 'both', srv: 'orders', a: 1, b: '2' }]);
  });

  test('a format that throws costs neither the line nor the caller', () => {
    const { stderr, code } = runProgram(`${LIBRARY}
      setup(winston({ format: library.format(() => { throw new Error('broken') })(), redact: ['key'] })); log.info('kept', { key: 'secret' })`);
    expect(jsonLines(stderr)).toMatchObject([{ msg: 'kept', key: '[redacted]', formatError: '[Throws: broken]' }]);
    expect(code).toBe(0);
  });

  test('without format and transports the library is not even loaded', () => {
    const { stderr } = runProgram(`import { createRequire } from 'node:module'; ${SETUP} setup(winston()); log.info('x');
      const loaded = Object.keys(createRequire(import.meta.url).cache ?? {}); log.info('loaded', { loaded })`);
    expect(jsonLines(stderr).at(-1)).toMatchObject({ loaded: [] });
  });
});
