import { spawnSync } from 'node:child_process';
import type { Profiler } from 'node:inspector';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { fromCpuProfile } from './cpu-profile.ts';
import { encode } from './encode.ts';
import { fromHeapProfile, type SampledHeap } from './heap-profile.ts';
import type { Frame, Profile } from './profile.ts';
import { toText } from './text.ts';

const pprof = process.env['PPROF']?.split(' ') ?? ['go', 'tool', 'pprof'];
const isHere = spawnSync(pprof[0] as string, [...pprof.slice(1), '-h']).error === undefined;
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';

const folder = mkdtempSync(join(tmpdir(), 'patron-profile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Node = Profiler.ProfileNode;
const node = (id: number, functionName: string, at: { url?: string; line?: number }, children: number[] = []): Node => ({
  id,
  callFrame: { functionName, scriptId: '1', url: at.url ?? '', lineNumber: at.line ?? -1, columnNumber: at.line === undefined ? -1 : 0 },
  hitCount: 0,
  children,
});

describe('a profile of the CPU', () => {
  const v8 = (nodes: Node[], samples: number[], timeDeltas: number[], endTime: number): Profiler.Profile => ({
    nodes,
    startTime: 1000,
    endTime,
    samples,
    timeDeltas,
  });

  test('gives each stack the time until the next sample, and leaves out what the loop waited', async () => {
    const nodes = [
      node(1, '(root)', {}, [2, 4]),
      node(2, 'a', { url: '/a.js', line: 4 }, [3]),
      node(3, 'b', { url: '/b.js', line: 9 }),
      node(4, '(idle)', {}),
    ];
    const { samples, durationMs } = await fromCpuProfile(v8(nodes, [3, 4, 2, 3], [10, 20, 30, 40], 1200), 100, new Date());
    expect(durationMs).toBe(0.2);
    expect(samples.map(({ stack, values }) => [stack.map(({ name, startLine }) => `${name}:${startLine}`).join(' '), ...values])).toEqual([
      ['a:5', 1, 40_000],
      ['b:10 a:5', 2, 20_000 + 100_000],
    ]);
  });

  test('has a sample per line where V8 tells lines, and their sum is that of the stack', async () => {
    const hot: Node = {
      ...node(2, 'hot', { url: '/a.js', line: 0 }),
      positionTicks: [
        { line: 2, ticks: 1 },
        { line: 3, ticks: 2 },
      ],
    };
    const { samples } = await fromCpuProfile(v8([node(1, '(root)', {}, [2]), hot], [2, 2, 2], [0, 10, 10], 1030), 100, new Date());
    expect(samples.map(({ stack, values }) => [stack[0]?.line, ...values])).toEqual([
      [2, 1, 10_000],
      [3, 2, 20_000],
    ]);
  });

  test('has its lines in proportion where V8 has counted more ticks than samples', async () => {
    const positionTicks = [
      { line: 2, ticks: 1 },
      { line: 3, ticks: 3 },
    ];
    const hot: Node = { ...node(2, 'hot', { url: '/a.js', line: 0 }), positionTicks };
    const { samples } = await fromCpuProfile(v8([node(1, '(root)', {}, [2]), hot], [2, 2], [0, 10], 1020), 100, new Date());
    expect(samples.map(({ stack, values }) => [stack[0]?.line, values[1]])).toEqual([
      [2, 5000],
      [3, 15_000],
    ]);
  });

  test('survives times that go backwards, and a profile of nothing', async () => {
    const nodes = [node(1, '(root)', {}, [2]), node(2, 'a', { url: '/a.js', line: 0 })];
    const { samples } = await fromCpuProfile(v8(nodes, [2, 2], [10, -500], 1010), 100, new Date());
    expect(samples.flatMap(({ values }) => values).every((value) => value >= 0)).toBe(true);
    const { samples: none } = await fromCpuProfile({ nodes: [node(1, '(root)', {})], startTime: 0, endTime: 0 }, 100, new Date());
    expect(none).toEqual([]);
  });

  test('tells apart functions of one name, and those without one, as readers add up by name', async () => {
    const nodes = [
      node(1, '(root)', {}, [2, 3, 4, 5]),
      node(2, 'handle', { url: '/app/a.js', line: 4 }),
      node(3, 'handle', { url: '/app/b.js', line: 7 }),
      node(4, '', { url: '/app/a.js', line: 20 }),
      node(5, 'only', { url: '/app/a.js', line: 30 }),
    ];
    const { samples } = await fromCpuProfile(v8(nodes, [2, 3, 4, 5], [0, 1, 1, 1], 1004), 100, new Date());
    expect(samples.map(({ stack }) => stack[0]?.name)).toEqual(['handle a.js:5', 'handle b.js:8', '(anonymous) a.js:21', 'only']);
  });
});

describe('a profile of the heap', () => {
  const EVERY = 32 * 1024;
  /** What V8 tells of one object of `size` bytes: size times the number of objects that it stands for. */
  const product = (size: number): number => size * Math.round(1 / (1 - Math.exp(-size / EVERY)));
  const heap = (sizes: number[]): SampledHeap => ({
    head: {
      callFrame: { functionName: '(root)', scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 },
      selfSize: 0,
      id: 1,
      children: [
        {
          callFrame: { functionName: 'make', scriptId: '1', url: '/a.js', lineNumber: 0, columnNumber: 0 },
          selfSize: 0,
          id: 2,
          children: [],
        },
      ],
    },
    samples: sizes.map((size, ordinal) => ({ nodeId: 2, size: product(size), ordinal })),
  });
  const window = { kind: 'heap', everyBytes: EVERY, startedAt: new Date(), comments: [] } as const;

  test.each([24, 40, 56, 104, 1000, 4096, 100_000, 5_000_000])('tells objects of %d bytes, within a factor of four', async (size) => {
    const { samples } = await fromHeapProfile(heap(Array.from({ length: 50 }, () => size)), window);
    const [objects = 0, bytes = 0] = samples[0]?.values ?? [];
    expect(bytes).toBe(50 * product(size));
    expect(bytes / objects / size).toBeGreaterThan(0.25);
    expect(bytes / objects / size).toBeLessThan(4);
  });

  test('leaves out what is from before its time', async () => {
    const { samples } = await fromHeapProfile(heap([100_000, 100_000, 200_000]), { ...window, after: 1 });
    expect(samples.map(({ values }) => values)).toEqual([[1, product(200_000)]]);
  });

  test('of stacks that are deeper than ours may be is no problem', async () => {
    const deep = heap([100_000]);
    let at = deep.head.children[0]!;
    for (let id = 3; id < 20_000; id++) {
      const child = { ...at, id, children: [] };
      at.children.push(child);
      at = child;
    }
    (deep.samples as unknown[]).push({ nodeId: at.id, size: 8, ordinal: 9 });
    const { samples } = await fromHeapProfile(deep, window);
    expect(Math.max(...samples.map(({ stack }) => stack.length))).toBe(19_998);
  });
});

describe('what is encoded', () => {
  (isHere || isRequired ? test : test.skip)('is what pprof reads: sums, names, lines, of any size', () => {
    const names = ['plain', 'günter', '', 'a"b\\c', '(anonymous) x.ts:1', '名前', 'x'.repeat(5000)];
    let seed = 7;
    const random = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most;
    const frame = (): Frame => ({
      name: names[random(names.length)]!,
      file: `/src/${random(50)}.ts`,
      startLine: random(400),
      line: random(500),
    });
    const samples = Array.from({ length: 2000 }, () => ({
      stack: Array.from({ length: 1 + random(40) }, frame),
      values: [random(1000), random(2 ** 20) * 2 ** random(25)],
    }));
    const profile: Profile = {
      types: [
        { type: 'samples', unit: 'count' },
        { type: 'cpu', unit: 'nanoseconds' },
      ],
      shown: 'cpu',
      samples,
      period: { type: 'cpu', unit: 'nanoseconds', every: 10_000_000 },
      startedAt: new Date('2026-01-02T03:04:05.678Z'),
      durationMs: 300_000,
      comments: ['one', 'two'],
    };
    const file = join(folder, 'fuzz.pb.gz');
    writeFileSync(file, gzipSync(encode(profile, '/app/main.js')));
    const [command = '', ...args] = pprof;
    const env = { ...process.env, PPROF_TMPDIR: folder, TZ: 'UTC' };
    const { stdout, stderr, status } = spawnSync(command, [...args, '-raw', file], { encoding: 'utf8', env, maxBuffer: 1 << 28 });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('PeriodType: cpu nanoseconds\nPeriod: 10000000\nTime: 2026-01-02 03:04:05.678 +0000 UTC\nDuration: 5m0');
    expect(stdout).toContain('samples/count cpu/nanoseconds[dflt]');
    const rows = [...stdout.matchAll(/^ +(\d+) +(\d+): ([\d ]+)$/gm)];
    expect(rows.map(([, count, time, stack]) => [Number(count), Number(time), stack!.trim().split(' ').length])).toEqual(
      samples.map(({ values, stack }) => [...values, stack.length]),
    );
  });

  test('as a table has flat and cumulated times, each function once, also where it calls itself', () => {
    const frame = (name: string): Frame => ({ name, file: '/a.ts', startLine: 3, line: 4 });
    const profile: Profile = {
      types: [{ type: 'cpu', unit: 'nanoseconds' }],
      shown: 'cpu',
      samples: [
        { stack: [frame('leaf'), frame('again'), frame('again')], values: [3e9] },
        { stack: [frame('again')], values: [1e9] },
      ],
      period: { type: 'cpu', unit: 'nanoseconds', every: 1 },
      startedAt: new Date(0),
      durationMs: 5000,
      comments: [],
    };
    expect(toText('profile', profile).split('\n').slice(3, 5)).toEqual([
      '     3.00s  75.0%      3.00s  75.0%  leaf /a.ts:3',
      '     1.00s  25.0%      4.00s 100.0%  again /a.ts:3',
    ]);
  });
});
