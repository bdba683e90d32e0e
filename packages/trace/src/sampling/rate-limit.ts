/** A token bucket: `rate` a second, at most a second's worth at once, and one at least. */
export class RateLimit {
  readonly #rate: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  /** @param now - A monotonic clock, in milliseconds. */
  constructor(rate: number, now: () => number) {
    this.#rate = rate;
    this.#now = now;
    this.#tokens = Math.max(rate, 1);
    this.#at = now();
  }

  /** Whether one more may pass now. */
  take(): boolean {
    if (this.#rate <= 0) return false;
    const now = this.#now();
    this.#tokens = Math.min(Math.max(this.#rate, 1), this.#tokens + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
