import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { tree } from '../lib/fixture.mjs';
import { repository } from '../lib/repository.mjs';
import { names, readArguments, usage } from './lib/arguments.mjs';
import { closureOf } from './lib/closure.mjs';
import { installed, sizeOf } from './lib/installed.mjs';
import { inTurn, median, ratioOf } from './lib/pairs.mjs';
import { toRow } from './lib/row.mjs';
import { idleServers } from './lib/servers.mjs';
import { slopeOf } from './lib/resources.mjs';
import { SpanLedger } from './lib/span-ledger.mjs';
import { table } from './lib/table.mjs';
import { paths, patterns } from './programs/growth-routes.mjs';
import { countSpans } from './programs/otlp-spans.mjs';

test('the sides are measured in turn, A B A B', async () => {
  const order: string[] = [];
  const measure = async (side: string) => order.push(side);
  await inTurn(2, ['A', 'B'], measure, () => undefined);
  expect(order).toEqual(['A', 'B', 'A', 'B']);
});

test('the ratio is the median of the ratios of the pairs, so a machine that turned slow for a pair does not count', () => {
  expect(ratioOf([10, 50, 12], [10, 50, 10])).toEqual({ median: 1, min: 1, max: 1.2 });
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('a goal is reached by the ratio, or by the value where the goal is one', () => {
  const row = { what: 'x', unit: 'ns', ours: [11, 11, 11], theirs: [10, 10, 10] };
  expect(toRow({ ...row, maxRatio: 1.2 })).toMatchObject({ goal: '<= 1.20 x', reached: 'yes' });
  expect(toRow({ ...row, maxRatio: 1.05 })).toMatchObject({ reached: 'no' });
  expect(toRow({ ...row, maxValue: 10 })).toMatchObject({ goal: '<= 10 ns', reached: 'no' });
  expect(toRow(row)).toMatchObject({ goal: '-', reached: '-' });
});

test('the table has a line per row', () => {
  const text = table([toRow({ what: 'CPU per request', against: 'them', unit: 'µs', ours: [11], theirs: [10], maxRatio: 1.2 })]);
  expect(text).toMatch(/^what .*\nCPU per request {2}them +11\.0 µs +10\.0 µs +1\.10 +1\.10\.\.1\.10 +<= 1\.20 x +yes$/);
});

test('a count has no decimals in the table', () => {
  expect(table([toRow({ what: 'packages', against: 'them', unit: '', ours: [40], theirs: [1075] })])).toMatch(/ 40 +1,075 +0\.0372 /);
});

test('servers that waited for their client are named, with their share', () => {
  const busy = (share: number) => [{ busy: share }, { busy: share }, { busy: 1 }];
  expect(idleServers({ a: busy(0.95), b: busy(0.5), c: busy(0.25) })).toEqual([expect.stringMatching(/: b 50 %, c 25 %$/)]);
  expect(idleServers({ a: busy(0.95) })).toEqual([]);
});

describe('the arguments', () => {
  test('name one benchmark; without or with --help there is none, and the usage names them all', () => {
    expect(readArguments(['http']).name).toBe('http');
    expect(readArguments([]).name).toBeUndefined();
    expect(readArguments(['http', '--help']).name).toBeUndefined();
    for (const name of Object.keys(names)) expect(usage).toContain(`\n  ${name} `);
  });

  test.each([
    [['nothing'], 'there is no benchmark nothing'],
    [['constructor'], 'there is no benchmark constructor'],
    [['http', 'log'], 'one benchmark at a time: http log'],
    [['http', '--pairs', '0'], '--pairs takes a number from 1: 0'],
    [['http', '--pairs', '2.5'], '--pairs takes a number from 1: 2.5'],
    [['http', '--pairs', 'many'], '--pairs takes a number from 1: many'],
    [['log', '--profile'], '--profile is for http, not for log'],
    [['http', '--fast'], "Unknown option '--fast'"],
  ])('that make no sense are answered with what is wrong: %j', (argv, problem) => {
    expect(() => readArguments(argv)).toThrow(problem);
  });

  test.each([
    [['http', '--profile'], '.cache/bench/profiles'],
    [['--profile', 'http'], '.cache/bench/profiles'],
    [['http', '--profile', '--quick'], '.cache/bench/profiles'],
    [['http', '--profile', 'out', '--quick'], 'out'],
    [['http', '--profile=out'], 'out'],
  ])('say where profiles go, or leave it open: %j', (argv, folder) => {
    expect(readArguments(argv)).toMatchObject({ name: 'http', profile: resolve(folder) });
  });
});

test('an installation is counted with what is nested and scoped, without links and notes', () => {
  const manifest = { name: 'x' };
  const { root, remove } = tree({
    'node_modules/a/package.json': manifest,
    'node_modules/a/index.js': 'x'.repeat(1000),
    'node_modules/a/lib/package.json': { type: 'module' },
    'node_modules/a/node_modules/b/package.json': manifest,
    'node_modules/@s/c/package.json': manifest,
    'node_modules/@s/d/package.json': manifest,
    'node_modules/.package-lock.json': {},
    'node_modules/.bin/a': '',
    'node_modules/.cached/package.json': manifest,
    'other/index.js': 'x'.repeat(5000),
  });
  try {
    const { packages, bytes, diskBytes } = installed(root);
    expect(packages).toBe(4);
    const json = (value: object) => JSON.stringify(value, null, 2).length;
    expect(bytes).toBe(1000 + 5 * json(manifest) + json({ type: 'module' }) + json({}));
    expect(diskBytes).toBeGreaterThanOrEqual(bytes);
  } finally {
    remove();
  }
});

test('what core and http bring with them is no more than the README says', () => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8').replace(/\s+/g, ' ');
  const [, packages, megabytes] = /bring fewer than (\d+) packages and (\d+) MB/.exec(readme) ?? [];
  const folders = closureOf(['core', 'http'].map((name) => join(repository, 'packages', name)));
  // Of ours, what is published; nothing of what stands below another package.
  const shipped = (folder: string) =>
    existsSync(join(folder, 'src', 'index.ts')) ? ['dist'] : readdirSync(folder).filter((name) => name !== 'node_modules');
  const bytes = folders
    .flatMap((folder) => shipped(folder).map((name) => sizeOf(join(folder, name)).bytes))
    .reduce((sum, size) => sum + size, 0);
  expect(folders.map((folder) => folder.replace(/.*node_modules./, ''))).toContain('undici');
  expect(folders.length).toBeLessThan(Number(packages));
  expect(bytes / 1e6).toBeLessThan(Number(megabytes));
});

test('of many routes, those that are asked for exist, are spread over all, and are as long as those of few', () => {
  for (const count of [10, 100, 10_000]) {
    const list = patterns(count);
    expect(new Set(list).size).toBe(count);
    const asked = paths(count, 10);
    const indices = asked.map((path) => list.findIndex((pattern) => pattern.replace(':id', 'abc') === path));
    expect(new Set(indices).size).toBe(10);
    expect(indices).not.toContain(-1);
    expect(Math.max(...indices)).toBeGreaterThanOrEqual(count * 0.9);
    expect(indices.filter((index) => index % 2 === 1)).toHaveLength(5);
    expect(new Set(asked.map((path) => path.length))).toEqual(new Set(['/area00/things000000/all'.length]));
    expect(new Set(paths(count, count)).size).toBe(count);
  }
});

describe('the spans of a batch', () => {
  const varint = (value: number) => (value < 128 ? [value] : [(value & 127) | 128, value >> 7]);
  const field = (number: number, content: Uint8Array) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(content.length)]), content]);
  // One field of each other wire type: 64 bits, 32 bits with a long key, a number.
  const others = Buffer.from([0x39, 1, 2, 3, 4, 5, 6, 7, 8, 0x85, 1, 1, 2, 3, 4, 0x18, 0x96, 0x01]);
  const span = field(2, Buffer.from('not looked into'));
  const scope = field(2, Buffer.concat([field(1, Buffer.from('scope')), span, others, span]));
  const resource = field(1, Buffer.concat([field(1, span), scope, others, scope]));

  test('are counted, over all resources and scopes, and nothing else is', () => {
    expect(countSpans(Buffer.concat([resource, resource]))).toBe(8);
    expect(countSpans(Buffer.alloc(0))).toBe(0);
  });

  test('a batch that is cut off is an error, not fewer spans', () => {
    expect(() => countSpans(resource.subarray(0, -1))).toThrow('ends behind its message');
    expect(() => countSpans(Buffer.from([0x0a]))).toThrow('ends within a number');
  });
});

describe('the ledger of spans', () => {
  const closed = async (spans: number, requests = 100) => {
    const ledger = new SpanLedger({ ask: async () => ({ spans }) }, { them: 2 }, 1000);
    await ledger.close('them', requests, 1);
    return ledger.notes();
  };

  test('adds up what has arrived and what was dropped', async () => {
    expect(await closed(200)).toEqual([expect.stringContaining('200 received + 0 dropped (100.0 % received)')]);
    expect(await closed(1500, 1000)).toEqual([expect.stringContaining('1500 received + 500 dropped (75.0 % received)')]);
  });

  test.each([
    [0, 1000, 'none has arrived: nothing was exported'],
    [199, 100, 'which the queue can hold, and only 199 have arrived'],
    [201, 100, '100 requests make 200 spans, and 201 have arrived'],
  ])('%d spans of %d requests end the run', async (spans, requests, problem) => {
    await expect(closed(spans, requests)).rejects.toThrow(problem);
  });

  test('asks for nothing where a side makes no spans', async () => {
    const ledger = new SpanLedger({ ask: () => Promise.reject(new Error('asked')) }, {}, 1000);
    await ledger.close('node:http', 100, 1);
    expect(ledger.notes()).toEqual([]);
  });
});

test('the slope of memory is that of the line that fits best: one collection that comes late does not make a leak', () => {
  const slope = (...values: number[]) => {
    const samples = values.map((mb, minutes) => ({ minutes, mb, descriptors: 0, scrapeMs: 0, scrapeKb: 0 }));
    return slopeOf(samples, (one) => one.mb);
  };
  expect(slope(80, 82, 84)).toBeCloseTo(2);
  expect(slope(80, 90, 80, 90, 80)).toBeCloseTo(0);
});
