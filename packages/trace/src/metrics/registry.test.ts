import { afterEach, describe, expect, test } from '@jest/globals';
import prom from 'prom-client';
import { Registry } from './registry.ts';

afterEach(() => prom.register.clear());

describe('the registry', () => {
  test('writes counters, gauges and histograms in the Prometheus text format', async () => {
    const registry = new Registry();
    registry
      .counter({ name: 'orders_total', help: 'Orders.', labels: ['channel'] })
      .labels({ channel: 'web' })
      .inc(2);
    registry.gauge({ name: 'depth', help: 'Queue\ndepth.' }).set(-1.5);
    const histogram = registry.histogram({ name: 'wait_seconds', help: 'Waits.', buckets: [0.1, 1] });
    for (const seconds of [0.05, 0.1, 0.5, 3]) histogram.observe(seconds);
    expect(await registry.scrape()).toBe(
      [
        '# HELP patron_metric_series_folded_total Look-ups of a series beyond the cap of its metric, folded into the series whose labels are _other.',
        '# TYPE patron_metric_series_folded_total counter',
        '# HELP orders_total Orders.',
        '# TYPE orders_total counter',
        'orders_total{channel="web"} 2',
        '# HELP depth Queue\\ndepth.',
        '# TYPE depth gauge',
        'depth -1.5',
        '# HELP wait_seconds Waits.',
        '# TYPE wait_seconds histogram',
        'wait_seconds_bucket{le="0.1"} 2',
        'wait_seconds_bucket{le="1"} 3',
        'wait_seconds_bucket{le="+Inf"} 4',
        'wait_seconds_sum 3.65',
        'wait_seconds_count 4',
        '',
      ].join('\n'),
    );
  });

  test('writes OpenMetrics, and the Prometheus format after it as before', async () => {
    const registry = new Registry();
    registry.counter({ name: 'orders_total', help: 'Say "orders".' }).inc();
    registry.histogram({ name: 'wait_seconds', help: 'Waits.', buckets: [1] }).observe(0.5);
    const before = await registry.scrape();
    const open = await registry.scrape('openmetrics');
    expect(open).toContain('# HELP orders Say \\"orders\\".\n# TYPE orders counter\norders_total 1\n');
    expect(open).toContain('wait_seconds_bucket{le="1.0"} 1\n');
    expect(open.endsWith('# EOF\n')).toBe(true);
    expect(await registry.scrape()).toBe(before);
  });

  test('escapes what a label value may hold', async () => {
    const registry = new Registry();
    registry
      .counter({ name: 'a_total', help: 'A.', labels: ['l'] })
      .labels({ l: 'a"b\\c\nd' })
      .inc();
    expect(await registry.scrape()).toContain('a_total{l="a\\"b\\\\c\\nd"} 1\n');
  });

  test('folds what exceeds the cap of a metric into one _other series and counts it', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l'], maxSeries: 10 });
    for (let i = 0; i < 100_000; i++) counter.labels({ l: String(i) }).inc();
    const text = await registry.scrape();
    expect(text.match(/^a_total\{/gm)).toHaveLength(11);
    expect(text).toContain('a_total{l="_other"} 99990\n');
    expect(text).toContain('patron_metric_series_folded_total{metric="a_total"} 99990\n');
  });

  test('keeps label values apart whatever they hold', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l', 'm'] });
    counter.labels({ l: 'a,b', m: 'c' }).inc();
    counter.labels({ l: 'a', m: 'b,c' }).inc();
    expect((await registry.scrape()).match(/^a_total\{.* 1$/gm)).toHaveLength(2);
  });

  test('answers the same metric for the same description and refuses another under its name', () => {
    const registry = new Registry();
    const first = registry.counter({ name: 'a_total', help: 'A.', labels: ['l'] });
    expect(registry.counter({ name: 'a_total', help: 'A.', labels: ['l'] })).toBe(first);
    expect(() => registry.counter({ name: 'a_total', help: 'A.' })).toThrow(
      'registered already, as a counter with the labels [l], not as a counter with []',
    );
    expect(() => registry.gauge({ name: 'a_total', help: 'A.', labels: ['l'] })).toThrow('registered already');
  });

  test.each<[string, (registry: Registry) => unknown, RegExp]>([
    ['a counter without _total', (r) => r.counter({ name: 'a', help: '' }), /counter "a" has to end in _total/],
    ['a name with a dash', (r) => r.gauge({ name: 'a-b', help: '' }), /"a-b" is no metric name/],
    ['a label with a dash', (r) => r.gauge({ name: 'a', help: '', labels: ['l-m'] }), /"l-m" is no label name/],
    ['a label of the format', (r) => r.gauge({ name: 'a', help: '', labels: ['le'] }), /"le" is no label name/],
    ['buckets that fall', (r) => r.histogram({ name: 'a', help: '', buckets: [2, 1] }), /got \[2, 1\]/],
    [
      'a missing label',
      (r) => r.gauge({ name: 'a', help: '', labels: ['l'] }).labels({} as { l: string }),
      /needs a value for its label "l"/,
    ],
    ['no labels where there are some', (r) => r.gauge({ name: 'a', help: '', labels: ['l'] }).set(1), /has the labels l/],
    ['a counter that falls', (r) => r.counter({ name: 'a_total', help: '' }).inc(-1), /only grows: got -1/],
    ['an observation of NaN', (r) => r.histogram({ name: 'a', help: '' }).observe(Number.NaN), /takes numbers: got NaN/],
    ['a label twice', (r) => r.gauge({ name: 'a', help: '', labels: ['l', 'l'] }), /metric a has the label "l" twice/],
    ['buckets of text', (r) => r.histogram({ name: 'a', help: '', buckets: ['1'] as unknown as number[] }), /have to be finite/],
    ['a cap of half a series', (r) => r.gauge({ name: 'a', help: '', maxSeries: 1.5 }), /a whole number, at least 1: got 1.5/],
    ['a cap of nothing', (r) => r.gauge({ name: 'a', help: '', maxSeries: 0 }), /at least 1: got 0/],
  ])('refuses %s and says so', (_, act, message) => {
    expect(() => act(new Registry())).toThrow(message);
  });

  test('takes the metrics of prom-client, in both formats one after the other', async () => {
    const registry = new Registry();
    const taken = { registers: [registry as unknown as prom.Registry] };
    const counter = new prom.Counter({ name: 'theirs_total', help: 'Theirs.', labelNames: ['l'], ...taken });
    const histogram = new prom.Histogram({ name: 'their_seconds', help: 'Theirs.', buckets: [1], ...taken });
    counter.labels('x').inc();
    histogram.observe(0.5);
    for (const format of ['prometheus', 'openmetrics', 'prometheus'] as const) {
      const text = await registry.scrape(format);
      expect(text).toContain('theirs_total{l="x"} 1\n');
      expect(text).toContain('their_seconds_count 1\n');
    }
  });

  test('writes the exemplars of prom-client, and its bounds as OpenMetrics wants them', async () => {
    const registry = new Registry();
    const taken = { registers: [registry as unknown as prom.Registry], enableExemplars: true };
    const histogram = new prom.Histogram({ name: 'their_seconds', help: 'Theirs.', buckets: [1, 2.5, 1e6], ...taken });
    histogram.observe({ labels: {}, value: 0.5, exemplarLabels: { trace_id: 'abc' } });
    const open = await registry.scrape('openmetrics');
    expect(open).toMatch(/^their_seconds_bucket\{le="1\.0"\} 1 # \{trace_id="abc"\} 0\.5 \d{10}\.\d{3}$/m);
    expect(open).toContain('their_seconds_bucket{le="2.5"} 1\n');
    expect(open).toContain('their_seconds_bucket{le="1e+06"} 1\n');
    const plain = await registry.scrape();
    expect(plain).toContain('their_seconds_bucket{le="1"} 1\n');
    expect(plain).not.toContain('abc');
  });

  test.each([
    [1e-7, '1e-07'],
    [0.00005, '5e-05'],
    [0.0001, '0.0001'],
    [0, '0.0'],
    [-2, '-2.0'],
    [2.5, '2.5'],
    [100_000, '100000.0'],
    [1e6, '1e+06'],
    [1_234_567, '1.234567e+06'],
    [1e21, '1e+21'],
    [1e100, '1e+100'],
  ])('writes the bound %d as %s in OpenMetrics', async (bound, text) => {
    const registry = new Registry();
    registry.histogram({ name: 'a', help: 'A.', buckets: [bound] });
    expect(await registry.scrape('openmetrics')).toContain(`a_bucket{le="${text}"} 0\n`);
    expect(await registry.scrape()).toContain(`a_bucket{le="${bound}"} 0\n`);
  });

  test('writes no sum and no count beside negative buckets in OpenMetrics, where both may only grow', async () => {
    const registry = new Registry();
    registry.histogram({ name: 'celsius', help: 'C.', buckets: [-10, 0, 10] }).observe(-20);
    expect((await registry.scrape('openmetrics')).match(/^celsius.*$/gm)).toEqual([
      'celsius_bucket{le="-10.0"} 1',
      'celsius_bucket{le="0.0"} 1',
      'celsius_bucket{le="10.0"} 1',
      'celsius_bucket{le="+Inf"} 1',
    ]);
    expect(await registry.scrape()).toContain('celsius_sum -20\ncelsius_count 1\n');
  });

  test('leaves a metric out that fails to be read, and says which', async () => {
    const registry = new Registry();
    registry.gauge({ name: 'broken', help: 'B.' }, () => {
      throw new Error('no');
    });
    registry.gauge({ name: 'whole', help: 'W.' }).set(1);
    const failed: string[] = [];
    expect(await registry.scrape('prometheus', (name) => failed.push(name))).toContain('whole 1\n');
    expect(failed).toEqual(['broken']);
  });

  test('writes 10,000 series in less than 50 ms', async () => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['l', 'm'], maxSeries: 10_000 });
    for (let i = 0; i < 10_000; i++) counter.labels({ l: `value ${i}`, m: 'x' }).inc();
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const startedAt = performance.now();
      await registry.scrape();
      times.push(performance.now() - startedAt);
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
