import { Worker } from 'node:worker_threads';
import { getLevel, LEVELS, log } from '@patron/log';
import { metrics } from '@patron/trace';
import type { Sighting, WATCHING, WatchData } from './worker.ts';

/** Between two lines: a service that is blocked all the time says so once in a while. */
const QUIET_MS = 10_000;
/** After that the thread tells of a block itself: a probe of Kubernetes gives up after half a minute. */
const LOST_MS = 5000;

/**
 * Notices when the event loop is blocked longer than a limit, and logs what blocked it: the stack at that moment, and how long
 * it took. The looking is done by a thread of its own; this one only says that it is alive.
 */
export class Watchdog {
  readonly #worker: Worker;
  readonly #beat: NodeJS.Timeout;
  readonly #blocked = metrics.counter({
    name: 'nodejs_eventloop_blocked_total',
    help: 'Times that the event loop was blocked longer than the limit of the watchdog.',
  });
  #latestMs = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #untold = 0;

  /** @param fields - What the lines carry that the thread has to write itself. */
  constructor(blockedMs: number, fields: Readonly<Record<string, string>>) {
    const beatMs = Math.max(1, Math.floor(blockedMs / 4));
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const workerData: WatchData = { shared, beatMs, blockedMs, lostMs: Math.max(LOST_MS, 2 * blockedMs), levels: LEVELS, fields };
    // Nothing of what the process was started with: a preloaded module would run once more, for a thread that has no use for it.
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData, execArgv: [], env: {} });
    let due = performance.now() + beatMs;
    this.#beat = setInterval(() => {
      const now = performance.now();
      this.#latestMs = Math.max(this.#latestMs, now - due);
      due = now + beatMs;
      Atomics.store(shared, 1, LEVELS.indexOf(getLevel()));
      Atomics.add(shared, 0, 1);
    }, beatMs).unref();
    this.#worker.unref();
    this.#worker.on('message', (message: typeof WATCHING | Sighting) => {
      if (message === 'watching') log.info('event loop watched', { blockedMs });
      else this.#tell(message);
    });
    this.#worker.on('error', (error) => {
      clearInterval(this.#beat);
      log.warn('the watchdog of the event loop has ended: nobody looks any more', { error });
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    this.#worker.removeAllListeners('error');
    await this.#worker.terminate();
  }

  #tell({ stack }: Sighting): void {
    this.#blocked.inc();
    this.#untold++;
    const blockedMs = Math.round(this.#latestMs);
    this.#latestMs = 0;
    if (performance.now() - this.#toldAt < QUIET_MS) return;
    this.#toldAt = performance.now();
    log.warn('event loop blocked', { blockedMs, stack, ...(this.#untold > 1 && { times: this.#untold }) });
    this.#untold = 0;
  }
}
