import { afterEach, expect, jest, test } from '@jest/globals';
import { fromContext, getLevel, levelState, LogError, log, setLevel, setup, withContext } from './index.ts';
import { memoryLog } from './testing.ts';

afterEach(() => {
  jest.useRealTimers();
  setLevel('info');
});

test('a level reaches every logger from the next line on: sub-loggers made before, and those in contexts', () => {
  const memory = memoryLog();
  setup(memory);
  const sub = log.sub({ a: 1 });
  withContext(log.sub({ b: 2 }), () => {
    setLevel('warn');
    for (const logger of [log, sub, fromContext()]) logger.info('off');
    setLevel('debug');
    for (const logger of [log, sub, fromContext()]) logger.debug('on');
  });
  expect(memory.lines.map((line) => line.message)).toEqual(['on', 'on', 'on']);
});

test('a level in any case is taken', () => {
  setLevel('WARN' as 'warn');
  expect(getLevel()).toBe('warn');
});

test.each([['verbose'], ['INFO '], [''], [7], [undefined], [null], ['__proto__']])(
  'the level %p is rejected by name, and the level stays',
  (level) => {
    setLevel('warn', { forMs: 60_000 });
    const before = levelState();
    expect(() => setLevel(level as 'debug')).toThrow(expect.objectContaining({ code: 'PATRON_LOG_LEVEL_INVALID' }));
    expect(() => setLevel(level as 'debug')).toThrow(typeof level === 'string' ? level : String(level));
    expect(levelState()).toEqual(before);
  },
);

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '60'])(
  'a time of %p is rejected by name, and the level stays',
  (forMs) => {
    expect(() => setLevel('debug', { forMs: forMs as number })).toThrow(LogError);
    expect(() => setLevel('debug', { forMs: forMs as number })).toThrow(String(forMs));
    expect(levelState()).toEqual({ level: 'info', base: 'info' });
  },
);

test('a level for a limited time gives way to the level before, and tells when', () => {
  jest.useFakeTimers({ now: 1_000_000 });
  setLevel('warn');
  setLevel('debug', { forMs: 60_000 });
  expect(levelState()).toEqual({ level: 'debug', base: 'warn', until: new Date(1_060_000) });
  jest.advanceTimersByTime(59_999);
  expect(getLevel()).toBe('debug');
  jest.advanceTimersByTime(1);
  expect(levelState()).toEqual({ level: 'warn', base: 'warn' });
});

test('a second level for a limited time gives way to the level that was set for good', () => {
  jest.useFakeTimers();
  setLevel('error');
  setLevel('debug', { forMs: 60_000 });
  setLevel('info', { forMs: 120_000 });
  jest.advanceTimersByTime(60_000);
  expect(getLevel()).toBe('info');
  jest.advanceTimersByTime(60_000);
  expect(getLevel()).toBe('error');
});

test('a level that is set later cancels the return', () => {
  jest.useFakeTimers();
  setLevel('debug', { forMs: 1000 });
  setLevel('warn');
  jest.advanceTimersByTime(10_000);
  expect(levelState()).toEqual({ level: 'warn', base: 'warn' });
});

test('enabled() follows the level; fatal and panic are never off', () => {
  setLevel('panic');
  expect((['debug', 'info', 'warn', 'error', 'fatal', 'panic'] as const).filter((level) => log.enabled(level))).toEqual(['fatal', 'panic']);
});
