import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { Registry } from './registry.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('the cap on series', () => {
  test.each([1, 2, 10, 2000])('of %d keeps exactly so many apart, and one for the rest', async (cap) => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l', 'm'], maxSeries: cap });
    for (let round = 0; round < 2; round++) for (let i = 0; i < cap; i++) counter.labels({ l: `${i}`, m: 'x' }).inc();
    expect([...counter.series()]).toHaveLength(cap);
    expect(await registry.scrape()).not.toContain('_other"');
    for (let i = 0; i < 3; i++) counter.labels({ l: 'new', m: `${i}` }).inc();
    expect([...counter.series()]).toHaveLength(cap + 1);
    const text = await registry.scrape();
    expect(text).toContain('a_total{l="_other",m="_other"} 3\n');
    expect(text).toContain('patron_metric_series_folded_total{metric="a_total"} 3\n');
  });

  test('leaves the series alone that were there first', () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l'], maxSeries: 1 });
    const first = counter.labels({ l: 'first' });
    counter.labels({ l: 'second' }).inc();
    expect(counter.labels({ l: 'first' })).toBe(first);
    expect(first.value).toBe(0);
  });

  test('writes no series twice where somebody calls one _other', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l'], maxSeries: 1 });
    for (const l of ['_other', 'first', 'second', '_other']) counter.labels({ l }).inc();
    expect((await registry.scrape()).match(/^a_total.*$/gm)).toEqual(['a_total{l="first"} 1', 'a_total{l="_other"} 3']);
  });

  test('keeps memory flat under 100,000 random label sets of 10 kB', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'a_seconds', help: 'A.', labels: ['l', 'm'], maxSeries: 100 });
    const observe = (n: number): void => {
      for (let i = 0; i < n; i++) histogram.labels({ l: `${Math.random()}`.padEnd(10_000, 'x'), m: `${Math.random()}` }).observe(1);
    };
    observe(1000);
    const before = heapBytes();
    observe(100_000);
    expect(heapBytes() - before).toBeLessThan(10_000_000); // a hundredth of the values
    expect([...histogram.series()]).toHaveLength(101);
  });
});

describe('label values', () => {
  test.each([
    '"',
    '\\',
    '\n',
    '\\n',
    '"} 1\nforged_total 1\n#',
    'a,b="c"',
    '{}',
    ' ',
    '\r\n\t\0',
    '\u2028\u2029\u0085',
    'größer',
    '日本語 👩‍👩‍👧',
    '__proto__',
    'constructor',
    '_other_',
  ])('%j is written so that it reads back as it was', async (value) => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l', 'm'] });
    counter.labels({ l: value, m: 'z' }).inc(7);
    expect(counter.labels({ l: value, m: 'z' }).value).toBe(7);
    for (const format of ['prometheus', 'openmetrics'] as const) {
      const lines = (await registry.scrape(format)).split('\n').filter((line) => line.startsWith('a_total{'));
      expect(lines).toHaveLength(1);
      const [, written = ''] = /^a_total\{l="((?:[^"\\]|\\.)*)",m="z"\} 7$/.exec(lines[0] ?? '') ?? [];
      expect(written.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))).toBe(value);
    }
  });

  test('count up to 256 characters, and no half of a pair is left at the end', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l'] });
    for (const l of ['a'.repeat(256), 'a'.repeat(257), 'a'.repeat(10_000), `${'b'.repeat(255)}😀`, `${'b'.repeat(255)}😀!`])
      counter.labels({ l }).inc();
    expect([...counter.series()].map(([[l]]) => l)).toEqual(['a'.repeat(256), `${'b'.repeat(255)}\ufffd`]);
  });

  test('that UTF-8 has no bytes for are one series, not two of the same name', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l'] });
    for (const l of ['\ud800', '\udfff', '\ufffd']) counter.labels({ l }).inc();
    expect((await registry.scrape()).match(/^a_total.*$/gm)).toEqual(['a_total{l="\ufffd"} 3']);
  });
});

describe('a gauge that is cleared', () => {
  test('has no series of before, with labels', async () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'a', help: 'A.', labels: ['l'] });
    gauge.labels({ l: 'x' }).set(1);
    gauge.clear();
    gauge.labels({ l: 'y' }).set(2);
    expect((await registry.scrape()).match(/^a\{.*$/gm)).toEqual(['a{l="y"} 2']);
  });

  test('begins anew without labels', async () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'a', help: 'A.' });
    gauge.set(1);
    gauge.clear();
    expect(await registry.scrape()).toContain('\na 0\n');
    gauge.set(2);
    expect(await registry.scrape()).toContain('\na 2\n');
  });
});
