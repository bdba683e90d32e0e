import { describe, expect, test } from '@jest/globals';
import {
  closedPipe,
  cutPipe,
  file,
  fullDevice,
  type Outcome,
  type Output,
  slowPipe,
  slowSocket,
  stalledPipe,
  stalledSocket,
} from '../test/outputs.ts';

const LINES = 20_000;
/** The promise is 5 s; the rest is for starting and ending a process on a busy machine. */
const LONGEST_MS = 6500;

/** What has to have arrived: every line, the lines that fit, or what can be said of a reader that has gone. */
type Arrived = 'all' | 'what fits' | 'anything whole';

const OUTPUTS: readonly [name: string, output: Output, arrived: Arrived][] = [
  ['a slow pipe', slowPipe, 'all'],
  ['a slow socket', slowSocket, 'all'],
  ['a file', file, 'all'],
  ['a pipe that nobody reads', stalledPipe, 'what fits'],
  ['a socket that nobody reads', stalledSocket, 'what fits'],
  ['a pipe that is closed', closedPipe, 'anything whole'],
  ['a pipe that closes after some lines', cutPipe, 'anything whole'],
  ['a full device', fullDevice, 'anything whole'],
];

const ENDINGS: readonly [ending: string, code: number][] = [
  ['fatal', 1],
  ['panic', 1],
  ['throw', 1],
  ['reject', 1],
];

describe.each(OUTPUTS)('20,000 lines and the last one into %s', (_, output, arrived) => {
  // The children of one output run beside each other: most of them only wait.
  const outcomes = new Map<string, Promise<Outcome>>();
  const outcomeOf = (ending: string): Promise<Outcome> => {
    for (const [name] of ENDINGS) if (!outcomes.has(name)) outcomes.set(name, output([name, String(LINES), 'big']));
    return outcomes.get(ending) as Promise<Outcome>;
  };

  test.each(ENDINGS)('%s: what the output can take arrives, in order, within 5 s, and the code is %i', async (ending, code) => {
    const outcome = await outcomeOf(ending);
    expect(outcome.code).toBe(code);
    expect(outcome.tookMs).toBeLessThan(LONGEST_MS);
    const numbers = numbersOf(outcome.text);
    expect(firstOutOfOrder(numbers)).toBeUndefined();
    if (arrived === 'all') expect(numbers).toHaveLength(LINES + 1);
    if (arrived === 'what fits') expect(numbers.length).toBeGreaterThan(200);
  });
});

test.each([
  ['process.exit()', 'exit', 3],
  ['an empty event loop', 'return', 0],
])('%s loses no line on its way to a slow pipe', async (_, ending, code) => {
  const outcome = await slowPipe([ending, String(LINES)]);
  expect(outcome.code).toBe(code);
  expect(numbersOf(outcome.text)).toHaveLength(LINES + 1);
});

test.each([
  ['fatal', 'fatal alone', 1],
  ['panic', 'panic caught', null],
])('%s itself waits until its line has arrived, whatever happens after it', async (_, ending, code) => {
  const outcome = await slowPipe([ending, String(LINES)]);
  expect(outcome.code).toBe(code);
  expect(numbersOf(outcome.text)).toHaveLength(LINES + 1);
});

test('lines of two processes that share a slow pipe stay whole, and in order', async () => {
  const outcome = await slowPipe(['fatal', '10000'], 2);
  const lines = outcome.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { n: number; pid: number });
  expect(lines).toHaveLength(2 * 10_001);
  for (const pid of new Set(lines.map((line) => line.pid))) {
    expect(firstOutOfOrder(lines.filter((line) => line.pid === pid).map((line) => line.n))).toBeUndefined();
  }
});

test('the pino that patron makes loses no line on its way to a slow pipe', async () => {
  const outcome = await slowPipe(['fatal', String(LINES), 'pino']);
  expect(outcome.code).toBe(1);
  expect(numbersOf(outcome.text)).toHaveLength(LINES + 1);
});

/** The first number that doesn't follow the one before it, with where it stands; lines count from 0. */
function firstOutOfOrder(numbers: readonly number[]): { index: number; is: number } | undefined {
  const index = numbers.findIndex((is, at) => is !== at);
  return index === -1 ? undefined : { index, is: numbers[index] as number };
}

/** The numbers of the lines that arrived. What Node itself prints of an uncaught error comes after them, and a cut at the very end. */
function numbersOf(text: string): number[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{"lvl"'));
  const whole = lines.filter((line, index) => index < lines.length - 1 || line.endsWith('}'));
  return whole.map((line) => (JSON.parse(line) as { n: number }).n);
}
