import { afterEach, describe, expect, test } from '@jest/globals';
import { setup as setupLog } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { withCorrelationId } from '../correlation.ts';
import { metrics } from '../metrics/registry.ts';
import type { ExportResult, FinishedSpan, SpanExporter } from './finished-span.ts';
import { SpanQueue } from './queue.ts';

const memory = memoryLog();
setupLog(memory);
afterEach(() => memory.clear());

/** An exporter that answers when the test says so. */
class Held implements SpanExporter {
  readonly batches: FinishedSpan[][] = [];
  readonly answers: ((result: ExportResult) => void)[] = [];
  #arrived: (() => void)[] = [];
  closed = false;

  export(spans: FinishedSpan[], done: (result: ExportResult) => void): void {
    this.batches.push(spans);
    this.answers.push(done);
    for (const resolve of this.#arrived.splice(0)) resolve();
  }

  async shutdown(): Promise<void> {
    this.closed = true;
    for (const answer of this.answers) answer({ code: 1, error: new Error('closed') });
  }

  async batch(count: number): Promise<void> {
    while (this.batches.length < count) await new Promise<void>((resolve) => this.#arrived.push(resolve));
  }
}

const accepting = (): SpanExporter & { readonly seen: FinishedSpan[]; sizes: number[] } => {
  const seen: FinishedSpan[] = [];
  const sizes: number[] = [];
  return {
    seen,
    sizes,
    export(spans, done) {
      seen.push(...spans);
      sizes.push(spans.length);
      done({ code: 0 });
    },
    async shutdown() {},
  };
};

const span = (name = 'x'): FinishedSpan => ({ name }) as FinishedSpan;
const options = { maxQueueSize: 10, maxBatchSize: 4, delayMs: 60_000 };

async function counts(): Promise<{ exported: number; dropped: Record<string, number> }> {
  const lines = (await metrics.scrape()).split('\n');
  const value = (start: string): number => Number(lines.find((line) => line.startsWith(start))?.split(' ')[1] ?? 0);
  const reasons = ['queue_full', 'export_failed', 'rejected', 'shutdown'];
  return {
    exported: value('patron_spans_exported_total '),
    dropped: Object.fromEntries(reasons.map((reason) => [reason, value(`patron_spans_dropped_total{reason="${reason}"}`)])),
  };
}

/** What was counted while `fn` ran. */
async function counted(fn: () => Promise<unknown>): Promise<{ exported: number; dropped: Record<string, number> }> {
  const before = await counts();
  await fn();
  const after = await counts();
  const dropped = Object.entries(after.dropped).flatMap(([reason, count]) => {
    const more = count - (before.dropped[reason] ?? 0);
    return more === 0 ? [] : [[reason, more] as const];
  });
  return { exported: after.exported - before.exported, dropped: Object.fromEntries(dropped) };
}

describe('spans that have ended', () => {
  test('go out in batches as soon as one is full, in their order', async () => {
    const exporter = new Held();
    const queue = new SpanQueue(exporter, options);
    for (let i = 0; i < 9; i++) queue.push(span(String(i)));
    await exporter.batch(2);
    expect(exporter.batches.map((batch) => batch.map(({ name }) => name))).toEqual([
      ['0', '1', '2', '3'],
      ['4', '5', '6', '7'],
    ]);
    for (const answer of exporter.answers) answer({ code: 0 });
    await queue.close();
  });

  test('go out after the delay, where a batch does not fill up', async () => {
    const exporter = new Held();
    const queue = new SpanQueue(exporter, { ...options, delayMs: 5 });
    queue.push(span());
    await exporter.batch(1);
    expect(exporter.batches[0]).toHaveLength(1);
    exporter.answers[0]?.({ code: 0 });
    queue.push(span()); // and the next one, too
    await exporter.batch(2);
    exporter.answers[1]?.({ code: 0 });
    await queue.close();
  });

  test('go out at a flush, all of them', async () => {
    const exporter = accepting();
    const queue = new SpanQueue(exporter, options);
    for (let i = 0; i < 7; i++) queue.push(span());
    expect(await queue.flush()).toBe(true);
    expect(exporter.sizes).toEqual([4, 3]);
    expect(await queue.flush()).toBe(true);
    await queue.close();
  });

  test('are each counted as exported or as dropped with a reason; the sum is exact', async () => {
    const exporter = new Held();
    const queue = new SpanQueue(exporter, options);
    const seen = await counted(async () => {
      for (let i = 0; i < 25; i++) queue.push(span()); // 10 fit, 15 do not
      await exporter.batch(2);
      exporter.answers[0]?.({ code: 0, rejected: 1 });
      exporter.answers[1]?.({ code: 1, error: new Error('no') });
      const closed = queue.close();
      await exporter.batch(3);
      exporter.answers[2]?.({ code: 0 });
      await closed;
      queue.push(span());
    });
    expect(seen).toEqual({ exported: 3 + 2, dropped: { queue_full: 15, rejected: 1, export_failed: 4, shutdown: 1 } });
  });

  test('that an exporter throws at, answers twice for, or fails at without a reason, are counted once', async () => {
    let call = 0;
    const queue = new SpanQueue(
      {
        export(_, done) {
          call++;
          if (call === 1) throw new Error('thrown');
          if (call === 2) done({ code: 1 });
          done({ code: 0 });
          done({ code: 0 });
        },
        async shutdown() {},
      },
      options,
    );
    const seen = await counted(async () => {
      for (let i = 0; i < 3; i++) {
        queue.push(span());
        await queue.flush();
      }
      await queue.close();
    });
    expect(seen).toEqual({ exported: 1, dropped: { export_failed: 2 } });
  });
});

describe('a collector that does not answer', () => {
  test('is sent nothing more than a few batches, and costs no more than the queue holds', async () => {
    const exporter = new Held();
    const queue = new SpanQueue(exporter, { ...options, maxQueueSize: 100 });
    const seen = await counted(async () => {
      for (let i = 0; i < 1000; i++) queue.push(span());
      await exporter.batch(4);
      await new Promise(setImmediate);
      expect(exporter.batches).toHaveLength(4);
      const soon = new AbortController();
      const closed = queue.close(soon.signal);
      soon.abort();
      await closed;
    });
    expect(exporter.closed).toBe(true);
    expect(seen).toEqual({ exported: 0, dropped: { queue_full: 900, export_failed: 16, shutdown: 84 } });
  });

  test('does not hold a stop for longer than the flush may take, also when it never closes', async () => {
    const queue = new SpanQueue({ export: () => undefined, shutdown: () => new Promise(() => undefined) }, options);
    queue.push(span());
    const startedAt = performance.now();
    await queue.close(AbortSignal.timeout(50));
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test('is asked one batch at a time after it failed, until one succeeds', async () => {
    const exporter = new Held();
    const queue = new SpanQueue(exporter, { ...options, maxQueueSize: 1000 });
    for (let i = 0; i < 40; i++) queue.push(span());
    await exporter.batch(4);
    for (const answer of exporter.answers.slice(0, 4)) answer({ code: 1, error: new Error('sick') });
    await exporter.batch(5);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(exporter.batches).toHaveLength(5);
    exporter.answers[4]?.({ code: 0 });
    await exporter.batch(9);
    for (const answer of exporter.answers) answer({ code: 0 });
    await queue.close();
  });

  test('is in the log in nobody’s name, not in that of the request whose span was the first to be lost', async () => {
    const queue = new SpanQueue({ export: () => undefined, async shutdown() {} }, { ...options, maxQueueSize: 1 });
    withCorrelationId('order-1', () => {
      queue.push(span());
      queue.push(span());
    });
    const [line] = memory.lines;
    expect(line).toMatchObject({ message: 'spans are lost', fields: { dropped: 1, reason: 'queue_full' } });
    expect(line?.fields).not.toHaveProperty('correlationID');
    await queue.close(AbortSignal.timeout(0));
  });

  test('is in the log once, and again when it is over', async () => {
    let sick = true;
    const queue = new SpanQueue(
      {
        export: (_, done) =>
          done(sick ? { code: 1, error: new Error('connect ECONNREFUSED', { cause: new Error('port 4318') }) } : { code: 0 }),
        async shutdown() {},
      },
      options,
    );
    for (let i = 0; i < 20; i++) {
      queue.push(span());
      await queue.flush();
    }
    expect(memory.lines.map(({ level, message, fields }) => ({ level, message, ...fields }))).toEqual([
      { level: 'warn', message: 'spans are lost', dropped: 1, reason: 'export_failed', problem: 'connect ECONNREFUSED: port 4318' },
    ]);
    sick = false;
    queue.push(span());
    await queue.flush();
    expect(memory.lines.slice(1).map(({ message, fields }) => [message, fields['dropped']])).toEqual([
      ['spans are lost', 19],
      ['spans are exported again', undefined],
    ]);
    await queue.close();
  });
});
