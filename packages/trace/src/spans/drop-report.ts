import { log } from '@patron/log';
import { metrics } from '../metrics/registry.ts';
import { outsideOfAll } from './suppress.ts';

/** Why a span was never seen by the receiver. */
export type DropReason = 'queue_full' | 'export_failed' | 'rejected' | 'shutdown';

/** Between two lines about spans that are being lost: a dead collector must not fill the log. */
const QUIET_MS = 60_000;

/** Counts what becomes of spans, and says so in the log: when it begins to go wrong, now and then, and when it is over. */
export class DropReport {
  readonly #exported = metrics.counter({ name: 'patron_spans_exported_total', help: 'Spans that the exporter has delivered.' });
  readonly #dropped = metrics.counter({
    name: 'patron_spans_dropped_total',
    help: 'Spans that were recorded and not delivered, by reason: queue_full, export_failed, rejected (by the receiver), shutdown.',
    labels: ['reason'],
  });
  #untold = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #failing = false;
  #lastError: unknown;

  exported(count: number): void {
    this.#exported.inc(count);
    if (!this.#failing || count === 0) return;
    this.flush();
    this.#failing = false;
    this.#toldAt = Number.NEGATIVE_INFINITY;
    log.info('spans are exported again');
  }

  dropped(count: number, reason: DropReason, error?: unknown): void {
    if (count === 0) return;
    this.#dropped.labels({ reason }).inc(count);
    this.#untold += count;
    this.#failing ||= error !== undefined;
    if (error !== undefined) this.#lastError = error;
    if (performance.now() - this.#toldAt > QUIET_MS) this.#tell(reason);
  }

  /** Tells what was not told yet. */
  flush(): void {
    if (this.#untold > 0) this.#tell();
  }

  #tell(reason?: DropReason): void {
    this.#toldAt = performance.now();
    const dropped = this.#untold;
    this.#untold = 0;
    const error = this.#lastError;
    this.#lastError = undefined;
    const problem = error === undefined ? undefined : describe(error);
    const fields = { dropped, ...(reason !== undefined && { reason }), ...(problem !== undefined && { problem }) };
    // Not in the name of the request whose span happened to be the first.
    outsideOfAll(() => log.warn('spans are lost', fields));
  }
}

/** What the exporter said, and why, in one line: its stack would tell of the exporter, and nothing of the collector. */
function describe(error: unknown): string {
  const { message, cause } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown; cause?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  return cause === undefined ? text : `${text}: ${describe(cause)}`;
}
