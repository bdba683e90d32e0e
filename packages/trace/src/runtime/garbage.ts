import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { Histogram } from '../metrics/instruments.ts';
import type { Registry } from '../metrics/registry.ts';

const KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/** Garbage collections by kind (semantic conventions, "V8 JS Engine"), counted from the first scrape on. */
export function measureGarbage(metrics: Registry): void {
  let isWatched = false;
  metrics.histogram(
    {
      name: 'v8js_gc_duration_seconds',
      help: 'Garbage collections since the first scrape, by kind.',
      buckets: [0.001, 0.01, 0.1, 1, 10],
      labels: ['v8js_gc_type'],
      otel: { name: 'v8js.gc.duration', unit: 's', attributes: ['v8js.gc.type'] },
    },
    (duration) => {
      if (!isWatched) watch(duration);
      isWatched = true;
    },
  );
}

function watch(duration: Histogram<'v8js_gc_type'>): void {
  const series = new Map(Object.values(KINDS).map((kind) => [kind, duration.labels({ v8js_gc_type: kind })]));
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration: ms, detail } = entry as typeof entry & { detail?: { kind?: number } };
      const kind = KINDS[detail?.kind ?? 0];
      if (kind !== undefined) series.get(kind)?.observe(ms / 1000);
    }
  }).observe({ entryTypes: ['gc'] });
}
