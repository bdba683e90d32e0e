import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  type Fields,
  fromContext,
  LINE_CHANNEL,
  type Logger,
  log,
  LogError,
  type LoggerFactory,
  PanicError,
  setLevel,
  setup,
  withContext,
} from './index.ts';
import { memoryLog } from './testing.ts';

const memory = memoryLog();

beforeEach(() => {
  memory.clear();
  setup(memory);
  setLevel('debug');
});

describe('levels', () => {
  test.each(['debug', 'info', 'warn', 'error'] as const)('%s writes a line, and its printf variant one too', (level) => {
    log[level]('message', { a: 1 });
    log[`${level}f`]('%s has %d of %j', 'ann', 2, { c: 3 });
    expect(memory.lines).toMatchObject([
      { level, message: 'message', fields: { a: 1 } },
      { level, message: 'ann has 2 of {"c":3}' },
    ]);
  });

  test('panic writes its line, then throws an error with a code', () => {
    expect(() => log.panic('the end', { a: 1 })).toThrow(PanicError);
    expect(() => log.panicf('the %s', 'end')).toThrow(expect.objectContaining({ code: 'PATRON_PANIC', message: 'the end' }));
    expect(memory.lines).toMatchObject([
      { level: 'panic', message: 'the end', fields: { a: 1 } },
      { level: 'panic', message: 'the end', fields: {} },
    ]);
  });

  test('panic throws at any level', () => {
    setLevel('panic');
    expect(() => log.panic('the end')).toThrow(PanicError);
    expect(memory.lines).toHaveLength(1);
  });

  test('arguments of a level that is off are not looked at', () => {
    setLevel('info');
    log.debugf('%s', { toString: () => expect(true).toBe(false) });
    log.debug('x', new Proxy({}, { ownKeys: () => expect(true).toBe(false) as never }));
    expect(memory.lines).toEqual([]);
  });
});

describe('sub-loggers', () => {
  test('carry their fields, their parents fields, and the line its own; the nearest value wins', () => {
    log.sub({ a: 1, b: 1, c: 1 }).sub({ b: 2, c: 2 }).info('x', { c: 3 });
    expect(memory.lines[0]?.fields).toEqual({ a: 1, b: 2, c: 3 });
  });

  test('change neither their parent nor the fields they were given, nor does a later change of those reach them', () => {
    const fields = { a: 1 } as { a: number; b?: number };
    const parent = log.sub(fields);
    const child = parent.sub({ a: 2 });
    fields.b = 9;
    parent.info('parent');
    child.info('child');
    expect(fields).toEqual({ a: 1, b: 9 });
    expect(memory.lines.map((line) => line.fields)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test('take no fields as none', () => {
    log.sub(undefined as unknown as Fields).info('x');
    log.sub(null as unknown as Fields).info('x');
    expect(memory.lines).toHaveLength(2);
  });

  test('a field named __proto__ is a field', () => {
    log.sub(JSON.parse('{"__proto__":{"a":1}}') as Fields).info('x');
    expect(Object.keys(memory.lines[0]?.fields ?? {})).toEqual(['__proto__']);
  });
});

describe('contexts', () => {
  test('log finds the logger of the context after awaits, without its being passed', async () => {
    await withContext(log.sub({ correlationID: 'a' }), async () => {
      await new Promise((resolve) => setImmediate(resolve));
      log.info('deep');
      fromContext().info('deep');
    });
    log.info('outside');
    expect(memory.lines.map((line) => line.fields)).toEqual([{ correlationID: 'a' }, { correlationID: 'a' }, {}]);
  });

  test('contexts within contexts and beside each other keep their own loggers', async () => {
    const work = (id: string) =>
      withContext(log.sub({ id }), async () => {
        await Promise.resolve();
        withContext(fromContext().sub({ inner: id }), () => log.info('inner'));
        log.info('outer');
      });
    await Promise.all([work('a'), work('b')]);
    expect(memory.findAll({ message: 'inner' }).map((line) => line.fields)).toEqual([
      { id: 'a', inner: 'a' },
      { id: 'b', inner: 'b' },
    ]);
    expect(memory.findAll({ message: 'outer' }).map((line) => line.fields)).toEqual([{ id: 'a' }, { id: 'b' }]);
  });

  test('a logger made at the top of a module carries the fields of the context, and its own win', () => {
    const module = log.sub({ module: 'orders', who: 'module' });
    withContext(log.sub({ correlationID: 'a', who: 'request' }), () => module.info('x'));
    module.info('y');
    expect(memory.lines.map((line) => line.fields)).toEqual([
      { correlationID: 'a', module: 'orders', who: 'module' },
      { module: 'orders', who: 'module' },
    ]);
  });

  test('a logger of the users own making can be bound, even one that writes to log', () => {
    const shout: Logger = { ...log, info: (message: string, fields?: Fields) => log.info(message.toUpperCase(), fields) };
    withContext(shout, () => log.info('loud', { a: 1 }));
    expect(memory.lines).toMatchObject([{ message: 'LOUD', fields: { a: 1 } }]);
  });

  test('withContext returns what the function returns, and lets what it throws through', async () => {
    expect(withContext(log, () => 7)).toBe(7);
    await expect(withContext(log, async () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  });
});

describe('set-up', () => {
  test('takes effect for loggers that have been handed out', () => {
    const second = memoryLog();
    const sub = log.sub({ a: 1 });
    withContext(sub, () => {
      setup(second, { srv: 'orders' });
      for (const logger of [log, sub, fromContext()]) logger.info('x');
    });
    expect(memory.lines).toEqual([]);
    expect(second.lines.map((line) => line.fields)).toEqual(Array(3).fill({ srv: 'orders', a: 1 }));
  });

  test('rejects what makes no sink, and stays as it was', () => {
    expect(() => setup('winston' as unknown as LoggerFactory)).toThrow("'winston' is no logger factory");
    expect(() => setup((() => ({})) as unknown as LoggerFactory)).toThrow(LogError);
    log.info('still here');
    expect(memory.lines).toHaveLength(1);
  });

  test('before any set-up lines go to stderr as JSON', () => {
    const program = `import { log } from '${new URL('../dist/index.js', import.meta.url).href}'; log.info('early', { a: 1 }); log.debug('off')`;
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(JSON.parse(stderr)).toMatchObject({ lvl: 'info', msg: 'early', a: 1 });
    expect(status).toBe(0);
  });

  test('a sink that throws costs neither the line nor the caller', () => {
    const url = new URL('../dist/index.js', import.meta.url).href;
    const program = `import { log, setup } from '${url}'; setup(() => ({ write() { throw new Error('broken') } })); log.info('kept', { a: 1 })`;
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(JSON.parse(stderr)).toMatchObject({ msg: 'kept', a: 1, sinkError: '[Throws: broken]' });
    expect(status).toBe(0);
  });
});

describe('what JavaScript callers pass', () => {
  test('an error as fields is the field error; other values are the field value', () => {
    const error = new Error('x');
    log.error('failed', error as unknown as Fields);
    log.info('odd', 7 as unknown as Fields);
    log.info('odd', [1] as unknown as Fields);
    expect(memory.lines.map((line) => line.fields)).toEqual([{ error }, { value: 7 }, { value: [1] }]);
  });

  test('methods can be passed around, and an error as message says what it is', async () => {
    await Promise.reject(new TypeError('no such order')).catch(log.error as (error: unknown) => void);
    expect(memory.lines[0]?.message).toBe('TypeError: no such order');
  });

  test('printf arguments that throw are described', () => {
    const hostile = {
      [Symbol.for('nodejs.util.inspect.custom')]: () => {
        throw new Error('mine');
      },
    };
    log.infof('%o and %s', hostile, 'text');
    expect(memory.lines[0]?.message).toContain('[Throws: mine]');
  });

  test('a field whose getter logs does not go on for ever', () => {
    const fields: Fields = {
      get loop() {
        log.info('again', fields);
        return 1;
      },
    };
    log.info('first', fields);
    expect(memory.lines.length).toBeLessThan(20);
  });
});

describe('subscribers', () => {
  const levels: string[] = [];
  const count = (message: unknown): void => void levels.push((message as { level: string }).level);
  afterEach(() => void unsubscribe(LINE_CHANNEL, count));

  test('hear the level of each line that is written, and of none that is not', () => {
    subscribe(LINE_CHANNEL, count);
    setLevel('warn');
    log.info('off');
    log.warn('on');
    log.error('on');
    expect(levels).toEqual(['warn', 'error']);
  });
});
