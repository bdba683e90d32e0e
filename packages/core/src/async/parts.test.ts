import { describe, expect, test } from '@jest/globals';
import { constantBackoff } from '@patron/reliability';
import { resolveConsumer } from '../async.ts';
import { Fifo } from './fifo.ts';
import { RestartBudget } from './restart-budget.ts';

test('what is first in is first out, whatever comes in between', () => {
  const fifo = new Fifo<number>();
  const model: number[] = [];
  let seed = 1;
  for (let i = 0; i < 20_000; i++) {
    seed = (seed * 48_271) % 2_147_483_647;
    if (seed % 3 === 0) expect(fifo.shift()).toBe(model.shift());
    else {
      fifo.push(i);
      model.push(i);
    }
    if (seed % 1999 === 0) while (model.length > 0) expect(fifo.shift()).toBe(model.shift());
    expect(fifo.length).toBe(model.length);
  }
});

describe('the budget of restarts', () => {
  test('counts those of its window only', () => {
    let now = 0;
    const budget = new RestartBudget({ attempts: 2, windowMs: 1000, backoff: (failures) => failures * 10 }, () => now);
    expect([budget.next(), budget.next(), budget.next()]).toEqual([10, 20, undefined]);
    now = 1000;
    expect(budget.next()).toBe(10);
  });

  test('of none allows none', () => {
    expect(new RestartBudget({ attempts: 0, windowMs: 1000, backoff: constantBackoff(1) }).next()).toBeUndefined();
  });
});

test('options that can’t be used are all told at once, each with its value', () => {
  const wrong = {
    name: '',
    handle: 'handler',
    schema: {},
    codec: 7,
    concurrency: 0,
    failure: { attempts: 1.5, backoff: 100, exhausted: 'drop' },
    handlerTimeoutMs: -1,
    restart: { windowMs: 0 },
    stallAfterMs: Number.NaN,
  };
  let problems: readonly string[] = [];
  try {
    resolveConsumer('the kafka consumer', wrong as never, ['group is missing']);
  } catch (error) {
    expect(error).toMatchObject({ code: 'PATRON_CONSUMER_OPTIONS_INVALID' });
    ({ problems } = error as { problems: readonly string[] });
  }
  expect(problems).toEqual([
    'group is missing',
    'name is "": a consumer needs a name',
    'handle is "handler": it takes a function of a message',
    'schema is an object: it takes a Standard Schema',
    'codec is 7: it takes an object with encode and decode',
    'failure.backoff is 100: it takes a function',
    'concurrency is 0: it takes a whole number, 1 at least',
    'failure.attempts is 1.5: it takes a whole number, 1 at least',
    "failure.exhausted is \"drop\": it takes 'exit', 'ack', 'nack' where the transport has it, or { deadLetter: 'its name' }",
    'handlerTimeoutMs is -1: it takes whole milliseconds, 1 at least',
    'restart.windowMs is 0: it takes whole milliseconds, 1 at least',
    'stallAfterMs is NaN: it takes whole milliseconds, 1 at least',
  ]);
});
