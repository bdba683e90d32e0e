import { describe, expect, test } from '@jest/globals';
import { Bound } from '../bound.ts';
import type { LogEntry } from '../entry.ts';
import type { Fields } from '../logger.ts';
import { JsonLine } from './json-line.ts';
import { timestamp } from './timestamp.ts';

const entry = (fields?: Fields, bound: Fields = {}): LogEntry => ({
  level: 'warn',
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  message: 'stock is low',
  bound: new Bound(undefined, bound),
  fields,
  source: undefined,
});

test('a line has lvl msg time srv ver host and then the fields, in this order', () => {
  const lines = new JsonLine({ team: 'tea', host: 'h', ver: '1.0.0', srv: 'orders' });
  expect(lines.format(entry({ left: 2 }, { module: 'stock' }))).toBe(
    '{"lvl":"warn","msg":"stock is low","time":"2026-01-02T03:04:05.006Z","srv":"orders","ver":"1.0.0","host":"h","team":"tea","module":"stock","left":2}',
  );
});

test('src comes after time', () => {
  expect(new JsonLine({ srv: 'a' }).format({ ...entry(), source: 'dir/file.ts:7' })).toContain('Z","src":"dir/file.ts:7","srv":"a"}');
});

test('a name is written once: the lines value wins over the loggers, the loggers over the set-ups', () => {
  const lines = new JsonLine({ a: 1, b: 1, c: 1 });
  expect(lines.format(entry({ c: 3 }, { b: 2, c: 2 }))).toMatch(/Z","a":1,"b":2,"c":3\}$/);
});

describe('reserved names', () => {
  test.each(['lvl', 'msg', 'time', 'src'])('%s is written as _%s, whoever passes it', (name) => {
    const lines = new JsonLine({ [name]: 'set-up' });
    expect(JSON.parse(lines.format(entry({ [name]: 'line' })))).toMatchObject({ lvl: 'warn', msg: 'stock is low', [`_${name}`]: 'line' });
    expect(JSON.parse(lines.format(entry()))).toMatchObject({ [`_${name}`]: 'set-up' });
  });

  test.each(['srv', 'ver', 'host'])('%s is the set-ups; a loggers or a lines is written as _%s', (name) => {
    const lines = new JsonLine({ [name]: 'service' });
    expect(JSON.parse(lines.format(entry({ [name]: 'line' })))).toMatchObject({ [name]: 'service', [`_${name}`]: 'line' });
    expect(JSON.parse(lines.format(entry(undefined, { [name]: 'logger' })))).toMatchObject({ [name]: 'service', [`_${name}`]: 'logger' });
  });

  test('no two fields end up under one name', () => {
    const line = JSON.parse(new JsonLine({}).format(entry({ msg: 1, _msg: 2, __msg: 3, _other: 4 }))) as object;
    expect(line).toMatchObject({ msg: 'stock is low', _msg: 1, __msg: 2, ___msg: 3, _other: 4 });
  });
});

test('redacted names are found in any case, at any depth, in maps and errors, and their values are not read', () => {
  const lines = new JsonLine({ Token: 'a' }, new Set(['token', 'set-cookie']));
  const secret = {
    get token() {
      throw new Error('read');
    },
  };
  const error = Object.assign(new Error('x'), { token: 'b' });
  const line = lines.format(entry({ secret, list: [{ TOKEN: 'c' }], map: new Map([['Set-Cookie', 'd']]), error, ok: 1 }, { token: 'e' }));
  expect(JSON.parse(line)).toMatchObject({
    Token: '[redacted]',
    token: '[redacted]',
    secret: { token: '[redacted]' },
    list: [{ TOKEN: '[redacted]' }],
    map: { 'Set-Cookie': '[redacted]' },
    error: { message: 'x', token: '[redacted]' },
    ok: 1,
  });
});

test('a field named __proto__ is a field, and changes nothing else', () => {
  const fields = JSON.parse('{"__proto__":{"polluted":1}}') as Fields;
  const line = new JsonLine({}).format(entry(fields, fields));
  expect(line).toContain('"__proto__":{"polluted":1}');
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test.each([0, 1, 999, 1000, 59_999, 1_767_323_045_006, 4_102_444_800_099])('the time %d is RFC 3339 with milliseconds', (ms) => {
  expect(timestamp(ms)).toBe(new Date(ms).toISOString());
});
