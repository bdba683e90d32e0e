import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How long one look at the event loop lasts. */
export const WINDOW_MS = 500;
const RESOLUTION_MS = 10;

/**
 * How late the event loop is: once in a window of half a second it tells the delay that a request met in it, on average.
 * Each delay is weighted with its own length, as a request is the likelier to meet one the longer it lasts; a plain mean
 * would lose a pause of 400 ms among forty idle ticks.
 */
export class LoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #listeners = new Set<(delayMs: number) => void>();
  #tickedAt = performance.now();

  constructor() {
    this.#histogram.enable();
    setInterval(() => this.#tick(), WINDOW_MS).unref();
  }

  /** Calls `fn` at the end of each window. It has no end: who sheds load does so as long as the process lives. */
  onWindow(fn: (delayMs: number) => void): void {
    this.#listeners.add(fn);
  }

  /**
   * How late the window that goes on should have ended by now, in milliseconds. After a block what has queued up is often
   * served before any timer: this knows of the block all the same.
   */
  get overdueMs(): number {
    return performance.now() - this.#tickedAt - WINDOW_MS;
  }

  #tick(): void {
    const { count, mean, stddev } = this.#histogram;
    this.#histogram.reset();
    // A block that lasts longer than the window may hide from the histogram, whose timer fires behind this one.
    const overdue = this.overdueMs;
    this.#tickedAt = performance.now();
    const weighted = count === 0 || mean === 0 ? 0 : (mean + (stddev * stddev) / mean) / 1e6 - RESOLUTION_MS;
    const delayMs = Math.max(0, overdue, weighted);
    for (const listener of this.#listeners) listener(delayMs);
  }
}

let shared: LoopDelay | undefined;

/** The one of this process; it begins to look when somebody asks for it. */
export function loopDelay(): LoopDelay {
  shared ??= new LoopDelay();
  return shared;
}
