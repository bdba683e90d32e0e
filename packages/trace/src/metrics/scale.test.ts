import { describe, expect, test } from '@jest/globals';
import { Registry } from './registry.ts';

const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

/** The longest that the event loop did not turn while `work` went on, in milliseconds of this thread's CPU: a busy machine is not our affair. */
async function longestStretch(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = process.cpuUsage();
  let done = false;
  const look = (): void => {
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1000);
    last = process.cpuUsage();
    if (!done) setImmediate(look);
  };
  setImmediate(look);
  await work();
  done = true;
  look();
  return longest;
}

describe('a scrape', () => {
  test('of 10,000 histograms, 170,000 lines, never keeps the event loop for 50 ms', async () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h_seconds', help: 'H.', labels: ['route'], maxSeries: 10_000 });
    for (let i = 0; i < 10_000; i++) histogram.labels({ route: `/orders/${i}` }).observe(0.2, span);
    const stretches: number[] = [];
    for (const format of ['prometheus', 'openmetrics', 'prometheus'] as const) {
      let bytes = 0;
      stretches.push(
        await longestStretch(async () => {
          for await (const piece of registry.scrapeInPieces(format)) bytes += piece.length;
        }),
      );
      expect(bytes).toBeGreaterThan(5_000_000);
    }
    expect(Math.min(...stretches)).toBeLessThan(50);
  });

  test('hands on pieces of a bounded size, a series never cut in two', async () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h_seconds', help: 'H.', labels: ['route'], maxSeries: 5000 });
    for (let i = 0; i < 5000; i++) histogram.labels({ route: `/orders/${i}` }).observe(1);
    for await (const piece of registry.scrapeInPieces()) {
      expect(piece.length).toBeLessThan(1024 * 1024);
      expect(piece.match(/le="\+Inf"/g)?.length ?? 0).toBe(piece.match(/_count\{/g)?.length ?? 0);
    }
  });
});

describe('several scrapers at once', () => {
  test('take turns: in no turn of the event loop more than one of them writes', async () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h_seconds', help: 'H.', labels: ['route'], maxSeries: 2000 });
    for (let i = 0; i < 2000; i++) histogram.labels({ route: `/orders/${i}` }).observe(1);
    let turn = 0;
    const count = (): void => {
      turn++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const begunIn: number[] = [];
    const scrapes = Array.from({ length: 20 }, async () => {
      const pieces = registry.scrapeInPieces();
      await pieces.next();
      begunIn.push(turn);
      for await (const _ of pieces);
    });
    await Promise.all(scrapes);
    clearImmediate(immediate);
    expect(new Set(begunIn).size).toBe(20);
  });

  test('together keep the event loop no longer than one', async () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h_seconds', help: 'H.', labels: ['route'], maxSeries: 5000 });
    for (let i = 0; i < 5000; i++) histogram.labels({ route: `/orders/${i}` }).observe(1);
    const stretches: number[] = [];
    for (let round = 0; round < 3; round++) {
      const scrape = async (): Promise<void> => {
        for await (const _ of registry.scrapeInPieces());
      };
      stretches.push(await longestStretch(() => Promise.all(Array.from({ length: 10 }, scrape))));
    }
    expect(Math.min(...stretches)).toBeLessThan(50);
  });
});

describe('exemplars', () => {
  test('lead from a bucket to the latest trace in it, in OpenMetrics only', async () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'wait_seconds', help: 'Waits.', buckets: [0.1, 1] });
    histogram.observe(0.05);
    histogram.observe(0.5, { ...span, spanId: '1111111111111111' });
    histogram.observe(0.7, span);
    histogram.observe(9, span);
    const lines = (await registry.scrape('openmetrics')).split('\n');
    expect(lines.find((line) => line.startsWith('wait_seconds_bucket{le="0.1"}'))).toBe('wait_seconds_bucket{le="0.1"} 1');
    const ids = `{trace_id="${span.traceId}",span_id="${span.spanId}"}`;
    expect(lines.find((line) => line.startsWith('wait_seconds_bucket{le="1.0"}'))).toMatch(
      new RegExp(`^wait_seconds_bucket\\{le="1.0"\\} 3 # ${ids} 0\\.7 \\d{10}\\.\\d{3}$`),
    );
    expect(lines.find((line) => line.startsWith('wait_seconds_bucket{le="+Inf"}'))).toContain(`# ${ids} 9 `);
    expect(await registry.scrape('prometheus')).not.toContain('trace_id');
  });

  test.each(['', 'x', '4BF92F3577B34DA6A3CE929D0E0E4736', '"} 1\nforged 1', '4bf92f3577b34da6a3ce929d0e0e47360'])(
    'whose trace id is %j are left out, and the observation counts',
    async (traceId) => {
      const registry = new Registry();
      registry.histogram({ name: 'wait_seconds', help: 'Waits.', buckets: [1] }).observe(0.5, { ...span, traceId });
      const text = await registry.scrape('openmetrics');
      expect(text).toContain('wait_seconds_bucket{le="1.0"} 1\n');
      expect(text).not.toContain('forged');
    },
  );
});
