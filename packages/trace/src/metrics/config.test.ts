import { describe, expect, test } from '@jest/globals';
import { metricsProblems } from './config.ts';
import { Registry } from './registry.ts';

describe('what a service’s options say', () => {
  test('decides on the buckets and the cap of metrics that are described later', async () => {
    const registry = new Registry();
    registry.configure({ buckets: { a_seconds: [1, 2] }, maxSeries: 1 });
    expect(registry.histogram({ name: 'a_seconds', help: 'A.', buckets: [5] }).buckets).toEqual([1, 2]);
    const counter = registry.counter({ name: 'b_total', help: 'B.', labels: ['l'] });
    for (const l of ['x', 'y']) counter.labels({ l }).inc();
    expect(await registry.scrape()).toContain('b_total{l="_other"} 1');
    const own = registry.counter({ name: 'c_total', help: 'C.', labels: ['l'], maxSeries: 5 });
    for (const l of ['x', 'y']) own.labels({ l }).inc();
    expect(await registry.scrape()).not.toContain('c_total{l="_other"}');
  });

  test('decides on those of metrics that were described before, whoever keeps their series', async () => {
    const registry = new Registry();
    const bare = registry.histogram({ name: 'a_seconds', help: 'A.', buckets: [5] });
    const kept = registry.histogram({ name: 'b_seconds', help: 'B.', buckets: [5], labels: ['l'] }).labels({ l: 'x' });
    const counter = registry.counter({ name: 'c_total', help: 'C.', labels: ['l'] });
    registry.configure({ buckets: { a_seconds: [1, 2], b_seconds: [1, 2] }, maxSeries: 1 });
    bare.observe(1.5);
    kept.observe(1.5);
    for (const l of ['x', 'y']) counter.labels({ l }).inc();
    const text = await registry.scrape();
    expect(text.match(/^._seconds_bucket\{.*le="1"\} 0$/gm)).toHaveLength(2);
    expect(text.match(/^._seconds_bucket\{.*le="2"\} 1$/gm)).toHaveLength(2);
    expect(text).toContain('c_total{l="_other"} 1\n');
  });

  test('loses no observation that was made before, and lets no bucket claim one that was above it', async () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'a_seconds', help: 'A.', buckets: [1, 5, 10] });
    for (const seconds of [0.5, 0.9, 3, 7, 50]) histogram.observe(seconds);
    registry.configure({ buckets: { a_seconds: [0.7, 2, 5, 20] } });
    expect((await registry.scrape()).split('\n').filter((line) => line.startsWith('a_seconds'))).toEqual([
      'a_seconds_bucket{le="0.7"} 0',
      'a_seconds_bucket{le="2"} 2',
      'a_seconds_bucket{le="5"} 3',
      'a_seconds_bucket{le="20"} 4',
      'a_seconds_bucket{le="+Inf"} 5',
      'a_seconds_sum 61.4',
      'a_seconds_count 5',
    ]);
  });

  test('ends with the next service in the process that does not say it', () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'a_seconds', help: 'A.', buckets: [5] });
    const counter = registry.counter({ name: 'b_total', help: 'B.', labels: ['l'] });
    registry.configure({ buckets: { a_seconds: [1, 2] }, maxSeries: 1 });
    registry.configure({});
    expect(histogram.buckets).toEqual([5]);
    for (const l of ['x', 'y', 'z']) counter.labels({ l }).inc();
    expect([...counter.series()]).toHaveLength(3);
  });

  test('can cap one metric by its name, over what the metric says', () => {
    const registry = new Registry();
    const [a, b] = ['a_total', 'b_total'].map((name) => registry.counter({ name, help: 'T.', labels: ['l'], maxSeries: 5 }));
    registry.configure({ maxSeries: { a_total: 1 } });
    for (const l of ['x', 'y', 'z']) for (const counter of [a, b]) counter?.labels({ l }).inc();
    expect([...(a?.series() ?? [])].map(([[l]]) => l)).toEqual(['x', '_other']);
    expect([...(b?.series() ?? [])]).toHaveLength(3);
  });

  test('does not mean what every object has: a metric may be called "constructor"', async () => {
    const registry = new Registry();
    registry.configure({ buckets: {}, maxSeries: {} });
    registry.histogram({ name: 'constructor', help: 'C.', buckets: [1] }).observe(1);
    expect(await registry.scrape()).toContain('constructor_bucket{le="1"} 1\n');
  });

  test.each<[unknown, string]>([
    ['yes', 'metrics is "yes": it takes options'],
    [[1], 'metrics is [1]: it takes options'],
    [{ buckets: [1] }, 'metrics.buckets is [1]: it takes an object by the names of metrics'],
    [{ buckets: { a: [] } }, 'metrics.buckets.a is []: it takes finite numbers that ascend, one at least'],
    [{ buckets: { a: [2, 1] } }, 'metrics.buckets.a is [2, 1]: it takes finite numbers that ascend, one at least'],
    [{ buckets: { a: [1, 1] } }, 'metrics.buckets.a is [1, 1]: it takes finite numbers that ascend, one at least'],
    [{ buckets: { a: [1, Infinity] } }, 'metrics.buckets.a is [1, Infinity]: it takes finite numbers that ascend, one at least'],
    [{ buckets: { a: ['1'] } }, 'metrics.buckets.a is [1]: it takes finite numbers that ascend, one at least'],
    [{ buckets: { a: null } }, 'metrics.buckets.a is null: it takes finite numbers that ascend, one at least'],
    [
      { buckets: { 'http.server.request.duration': [1] } },
      'metrics.buckets has "http.server.request.duration", which is no name of a metric: write it as /metrics shows it',
    ],
    [{ maxSeries: 0 }, 'metrics.maxSeries is 0: it takes a whole number from 1'],
    [{ maxSeries: 1.5 }, 'metrics.maxSeries is 1.5: it takes a whole number from 1'],
    [{ maxSeries: '5' }, 'metrics.maxSeries is "5": it takes a number, or an object by the names of metrics'],
    [{ maxSeries: { a: -1 } }, 'metrics.maxSeries.a is -1: it takes a whole number from 1'],
    [{ otlp: 'yes' }, 'metrics.otlp is "yes": it takes true, false or { intervalMs }'],
    [{ otlp: { intervalMs: 0.5 } }, 'metrics.otlp.intervalMs is 0.5: it takes whole milliseconds, 1 to 2147483647'],
    [{ otlp: { intervalMs: 2 ** 31 } }, 'metrics.otlp.intervalMs is 2147483648: it takes whole milliseconds, 1 to 2147483647'],
  ])('is refused where it is %j', (config, problem) => {
    expect(metricsProblems(config as object)).toEqual([problem]);
    expect(() => new Registry().configure(config as object)).toThrow(problem);
  });
});
