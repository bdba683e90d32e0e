import { log } from '@patron/log';
import type { FinishedSpan, SpanExporter } from './finished-span.ts';
import { DropReport } from './drop-report.ts';
import { outsideOfAll } from './suppress.ts';

/** How spans wait for their exporter. */
export interface QueueOptions {
  /** Spans that wait at the most; what comes beyond is dropped and counted. @default 8192, OTEL_BSP_MAX_QUEUE_SIZE */
  maxQueueSize: number;
  /** Spans in one export. @default 512, OTEL_BSP_MAX_EXPORT_BATCH_SIZE */
  maxBatchSize: number;
  /** How long a batch that is not full waits. @default 5000, OTEL_BSP_SCHEDULE_DELAY */
  delayMs: number;
}

export const QUEUE_DEFAULTS: QueueOptions = { maxQueueSize: 8192, maxBatchSize: 512, delayMs: 5000 };

/** Exports at once while they succeed. One that fails is alone until one succeeds again: nobody hammers a sick collector. */
const CONCURRENCY = 4;
/** How long a stop waits for what is queued, however much time the service has left. */
const FLUSH_MS = 3000;

/**
 * Takes finished spans and hands them to an exporter in batches. Bounded in memory; each span ends as exported or as dropped,
 * and is counted as that. A slow, stalled or dead collector costs what is queued and nothing else.
 */
export class SpanQueue {
  readonly #exporter: SpanExporter;
  readonly #options: QueueOptions;
  readonly #report: DropReport;
  readonly #waiting: FinishedSpan[] = [];
  readonly #idle = new Set<() => void>();
  #running = 0;
  #limit = CONCURRENCY;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #flushing = false;
  #closed = false;

  constructor(exporter: SpanExporter, options: QueueOptions, report: DropReport = new DropReport()) {
    this.#exporter = exporter;
    this.#options = options;
    this.#report = report;
  }

  push(span: FinishedSpan): void {
    if (this.#closed) this.#report.dropped(1, 'shutdown');
    else if (this.#waiting.length >= this.#options.maxQueueSize) this.#report.dropped(1, 'queue_full');
    else {
      this.#waiting.push(span);
      if (this.#waiting.length >= this.#options.maxBatchSize) this.#exportSoon();
      else if (this.#timer === undefined) this.#startTimer();
    }
  }

  /** Exports all that is queued now. @returns whether all of it was over when `signal` aborted or 3 s had passed */
  async flush(signal?: AbortSignal): Promise<boolean> {
    this.#flushing = true;
    try {
      this.#exportSoon();
      return await this.#whenIdle(signal);
    } finally {
      this.#flushing = false;
    }
  }

  /** Flushes, drops what is left and closes the exporter. Never rejects, never takes much longer than {@link flush}. */
  async close(signal?: AbortSignal): Promise<void> {
    await this.flush(signal);
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#report.dropped(this.#waiting.splice(0).length, 'shutdown');
    await this.#closeExporter();
    await this.#whenIdle(signal, 100); // what the exporter has given up answers now, and is counted
    this.#report.flush();
  }

  #startTimer(): void {
    this.#timer = outsideOfAll(() => setTimeout(() => this.#export(true), this.#options.delayMs)).unref();
  }

  /** Not within the request that ended the span: exporting is nobody's in particular. */
  #exportSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    outsideOfAll(() => setImmediate(() => this.#export(false)));
  }

  #export(isDue: boolean): void {
    this.#scheduled = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const least = isDue || this.#flushing ? 1 : this.#options.maxBatchSize;
    while (this.#waiting.length >= least && this.#running < this.#limit) this.#send(this.#waiting.splice(0, this.#options.maxBatchSize));
    if (this.#waiting.length > 0 && this.#running === 0) this.#startTimer();
    if (this.#waiting.length === 0 && this.#running === 0) for (const resolve of this.#idle) resolve();
  }

  #send(spans: FinishedSpan[]): void {
    this.#running++;
    let answered = false;
    const done = (error: unknown, rejected = 0): void => {
      if (answered) return;
      answered = true;
      this.#running--;
      this.#limit = error === undefined ? CONCURRENCY : 1;
      if (error === undefined) this.#report.exported(spans.length - rejected);
      this.#report.dropped(error === undefined ? rejected : spans.length, error === undefined ? 'rejected' : 'export_failed', error);
      // Not while the exporter calls: one that answers at once would call itself ever deeper.
      setImmediate(() => this.#export(false));
    };
    try {
      this.#exporter.export(spans, ({ code, error, rejected }) => {
        done(code === 0 ? undefined : (error ?? new Error('the exporter failed without saying why')), rejected);
      });
    } catch (error) {
      done(error);
    }
  }

  async #whenIdle(signal: AbortSignal | undefined, limitMs = FLUSH_MS): Promise<boolean> {
    if (this.#waiting.length === 0 && this.#running === 0) return true;
    return new Promise((resolve) => {
      const end = (isIdle: boolean): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', late);
        this.#idle.delete(idle);
        resolve(isIdle);
      };
      const idle = (): void => end(true);
      const late = (): void => end(false);
      const timer = setTimeout(late, limitMs);
      this.#idle.add(idle);
      if (signal?.aborted === true) late();
      else signal?.addEventListener('abort', late);
    });
  }

  async #closeExporter(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, 500)));
    try {
      await Promise.race([outsideOfAll(() => this.#exporter.shutdown()), limit]);
    } catch (error) {
      log.warn('the span exporter did not close in order', { error });
    } finally {
      clearTimeout(timer);
    }
  }
}
