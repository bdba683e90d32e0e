import type { FinishedSpan, SpanExporter } from './spans/finished-span.ts';

/** An exporter that keeps spans, for tests. */
export interface MemorySpans extends SpanExporter {
  /** The spans that have ended and were exported, in the order in which they ended. */
  readonly spans: readonly FinishedSpan[];
  /** The first span with that name. @throws Error that lists the names there are */
  find(name: string): FinishedSpan;
  /** Forgets them. */
  clear(): void;
}

/**
 * Keeps spans in memory. Spans are exported in batches: `flushSpans()` brings in those that have just ended.
 *
 * @example
 * ```ts
 * import { flushSpans, setup, withSpan } from '@patron/trace';
 * import { memorySpans } from '@patron/trace/testing';
 *
 * const exporter = memorySpans();
 * await setup({ exporter, sampler: { type: 'const', param: 1 } });
 * withSpan('price', (span) => span.setAttribute('items', 3));
 * await flushSpans();
 * console.log(exporter.find('price').attributes); // { items: 3 }
 * ```
 */
export function memorySpans(): MemorySpans {
  const spans: FinishedSpan[] = [];
  return {
    spans,
    find(name) {
      const found = spans.find((span) => span.name === name);
      if (found === undefined) throw new Error(`no span "${name}" among: ${spans.map((span) => span.name).join(', ') || 'none'}`);
      return found;
    },
    clear() {
      spans.length = 0;
    },
    export(batch, done) {
      spans.push(...batch);
      done({ code: 0 });
    },
    async shutdown() {},
  };
}
