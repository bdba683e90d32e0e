import { describe, expect, test } from '@jest/globals';
import { Bound } from '../bound.ts';
import type { LogEntry } from '../entry.ts';
import { copyFields } from '../fields.ts';
import type { Fields } from '../logger.ts';
import { JsonLine } from './json-line.ts';
import { TextLine } from './text-line.ts';

const throwing = (): never => {
  throw new Error('mine');
};

const cycle: Record<string, unknown> = { a: 1 };
cycle['self'] = cycle;

let deep: unknown = 1;
for (let n = 0; n < 100_000; n++) deep = { deep };
let deepArray: unknown = 1;
for (let n = 0; n < 100_000; n++) deepArray = [deepArray];

const everything = new Proxy(
  {},
  { get: throwing, ownKeys: throwing, getPrototypeOf: throwing, has: throwing, getOwnPropertyDescriptor: throwing },
);

class Private {
  readonly #secret = 1;
  get secret(): number {
    return this.#secret;
  }
}

/** What a field can hold, and what the line says of it. */
const VALUES: readonly [name: string, value: unknown, written: unknown][] = [
  ['a cycle', cycle, { a: 1, self: '[Circular]' }],
  ['an object twice, which is no cycle', ((x) => [x, x])({ a: 1 }), [{ a: 1 }, { a: 1 }]],
  ['a BigInt', 2n ** 64n, '18446744073709551616'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a function', function named() {}, '[Function: named]'],
  ['a class', Private, '[Function: Private]'],
  ['an object with private members', new Private(), {}],
  ['NaN', Number.NaN, 'NaN'],
  ['Infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
  ['null', null, null],
  ['undefined in an array', [undefined, 1], [null, 1]],
  ['undefined in an object', { a: undefined, b: 1 }, { b: 1 }],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a date that is none', new Date(Number.NaN), 'Invalid Date'],
  [
    'a map',
    new Map<unknown, unknown>([
      ['a', 1],
      [2, new Map()],
    ]),
    { a: 1, 2: {} },
  ],
  ['a set', new Set([1, 'a']), [1, 'a']],
  ['a regular expression', /a+/g, '/a+/g'],
  ['a promise', Promise.resolve(1), '[Promise]'],
  ['a URL', new URL('https://example.com/a'), 'https://example.com/a'],
  ['a boxed string', Object('text'), 'text'],
  ['a buffer', Buffer.from('hello'), '[Buffer: 5 bytes 68656c6c6f]'],
  ['a large buffer', Buffer.alloc(1e7), `[Buffer: 10000000 bytes ${'00'.repeat(64)}...]`],
  ['an ArrayBuffer', new ArrayBuffer(2), '[ArrayBuffer: 2 bytes 0000]'],
  ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  [
    'a getter that throws',
    {
      get a() {
        return throwing();
      },
      b: 1,
    },
    { a: '[Throws: mine]', b: 1 },
  ],
  ['a toJSON that throws', { toJSON: throwing }, '[Throws: mine]'],
  [
    'a toJSON that returns itself',
    {
      toJSON() {
        return this;
      },
    },
    '[Circular]',
  ],
  [
    'a toJSON that returns what has one, for ever',
    {
      toJSON: function endless() {
        return { toJSON: endless };
      },
    },
    '[Object]',
  ],
  ['a proxy that throws', everything, '[Throws: mine]'],
  [
    'something thrown that is no error',
    {
      get a() {
        throw Object.create(null);
      },
    },
    { a: '[Throws]' },
  ],
  ['a string of a lone surrogate', '\ud800', '\ud800'],
];

const entry = (fields: Fields, message = 'm', bound: Fields = {}): LogEntry => ({
  level: 'info',
  time: 0,
  message,
  bound: new Bound(undefined, copyFields(bound)),
  fields,
  source: undefined,
});

const json = new JsonLine({});
const text = new TextLine({}, undefined, false);
const parse = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

describe('a value that JSON does not know, or that objects', () => {
  test.each(VALUES)('%s is written as what it is', (_, value, written) => {
    expect(parse(json.format(entry({ value })))['value']).toEqual(written);
  });

  test.each(VALUES)('%s as the field of a logger', (_, value, written) => {
    expect(parse(json.format(entry({}, 'm', { value })))['value']).toEqual(written);
  });

  test.each(VALUES)('%s takes one line of text, too', (_, value) => {
    expect(text.format(entry({ value, after: 1 }))).toMatch(/^\S+ INF m .*after=1$/);
  });

  test('fields that can not even be listed are described', () => {
    expect(parse(json.format(entry(everything)))).toMatchObject({ fields: '[Throws: mine]' });
    expect(text.format(entry(everything))).toContain('[Throws: mine]');
  });

  test('fields with a getter that throws keep the others', () => {
    expect(
      parse(
        json.format(
          entry({
            get bad() {
              return throwing();
            },
            good: 1,
          } as Fields),
        ),
      ),
    ).toMatchObject({ bad: '[Throws: mine]', good: 1 });
  });
});

describe('errors', () => {
  test('are written with name, message, code, stack and their own fields', () => {
    const error = Object.assign(new TypeError('bad'), { code: 'E_BAD', detail: { a: 1 } });
    expect(parse(json.format(entry({ error })))['error']).toEqual({
      name: 'TypeError',
      message: 'bad',
      code: 'E_BAD',
      stack: error.stack,
      detail: { a: 1 },
    });
  });

  test('are written with their causes and the errors they stand for', () => {
    const error = new Error('top', { cause: new AggregateError([new Error('one'), 'two'], 'many') });
    expect(parse(json.format(entry({ error })))['error']).toMatchObject({
      message: 'top',
      cause: { name: 'AggregateError', message: 'many', errors: [{ message: 'one' }, 'two'] },
    });
  });

  test('may be their own cause', () => {
    const error = new Error('self');
    error.cause = error;
    expect(parse(json.format(entry({ error })))['error']).toMatchObject({ cause: '[Circular]' });
    expect(text.format(entry({ error }))).toContain('caused by Error: self');
  });

  test('may throw when they are read', () => {
    const error = Object.defineProperty(new Error('x'), 'message', { get: throwing });
    expect(parse(json.format(entry({ error })))['error']).toMatchObject({ name: 'Error', message: '[Throws: mine]' });
    expect(text.format(entry({ error }))).toContain('[Throws: mine]');
  });
});

describe('what is too large is cut, and says so', () => {
  test('100,000 objects within each other, and arrays', () => {
    expect(json.format(entry({ deep, deepArray })).length).toBeLessThan(300);
    expect(json.format(entry({ deep }))).toContain('"[Object]"');
  });

  test('strings and messages beyond 65,536 characters', () => {
    const line = parse(json.format(entry({ long: 'x'.repeat(70_000) }, 'y'.repeat(70_000))));
    expect(line['long']).toBe(`${'x'.repeat(65_536)}[+4464 characters]`);
    expect(line['msg']).toBe(`${'y'.repeat(65_536)}[+4464 characters]`);
  });

  test('arrays, objects and lines beyond 1000 members', () => {
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`k${n}`, n]));
    const line = parse(json.format(entry({ array: Array(1500).fill(1), many })));
    expect((line['array'] as unknown[]).at(-1)).toBe('[+500 items]');
    expect(line['many']).toMatchObject({ k999: 999, '...': '[+500 members]' });
    expect(parse(json.format(entry(many)))).toMatchObject({ k999: 999, '...': '[+500 fields]' });
  });

  test('a million values in a tree', () => {
    const wide = (depth: number): unknown => (depth === 0 ? 'leaf' : Array.from({ length: 100 }, () => wide(depth - 1)));
    expect(json.format(entry({ tree: wide(3) })).length).toBeLessThan(600_000);
  });
});

describe('nothing can pass for a line of its own', () => {
  const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter(
    (character) => character < ' ' || character > '~',
  );
  const forged = [...controls, '\u2028', '\u2029', '\u202e', '\u001b[2K\u001b[1A', '\r\n{"lvl":"info"}'];

  test.each(forged.map((value) => [JSON.stringify(value), value]))('%s in message, names and values, as JSON and as text', (_, value) => {
    const fields = { [`name${value}`]: `value${value}`, nested: { [`name${value}`]: [`value${value}`] }, error: new Error(value) };
    for (const line of [
      json.format(entry(fields, `m${value}`, { [`bound${value}`]: value })),
      text.format({ ...entry({ ...fields, error: 1 }, `m${value}`), source: value }),
    ]) {
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    }
    expect(parse(json.format(entry(fields, `m${value}`)))).toMatchObject({ msg: `m${value}`, [`name${value}`]: `value${value}` });
  });

  test('the stack of an error takes lines of its own in text only, all of them indented', () => {
    const error = new Error('x\n12:00:00.000 INF forged\n    at forged');
    const lines = text.format(entry({ error })).split('\n');
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.slice(1).every((line) => line.startsWith('        at '))).toBe(true);
  });
});
