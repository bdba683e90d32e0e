import type { RestartPolicy } from './options.ts';

/** Restarts within a window: one error a day never adds up to an exit. */
export class RestartBudget {
  readonly #policy: Required<RestartPolicy>;
  readonly #now: () => number;
  /** When the restarts of the window were. */
  #restarts: number[] = [];

  /** @param now - In milliseconds; for tests. */
  constructor(policy: Required<RestartPolicy>, now: () => number = () => performance.now()) {
    this.#policy = policy;
    this.#now = now;
  }

  /** How long to wait before the next restart; undefined where there have been too many. */
  next(): number | undefined {
    const { attempts, windowMs, backoff } = this.#policy;
    const now = this.#now();
    this.#restarts = this.#restarts.filter((at) => now - at < windowMs);
    if (this.#restarts.length >= attempts) return undefined;
    this.#restarts.push(now);
    return Math.max(0, backoff(this.#restarts.length));
  }
}
