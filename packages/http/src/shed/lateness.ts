/** Of the limit: below it, for a whole window, the loop is no longer late. In between it stays as it was. */
const CALM = 0.7;

/** Whether the event loop is late, by the delays of its windows; with a gap between the two answers, so that it does not flap. */
export class Lateness {
  /** Whether it is. */
  isLate = false;
  readonly #maxDelayMs: number;

  constructor(maxDelayMs: number) {
    this.#maxDelayMs = maxDelayMs;
  }

  /** Takes the delay of a window that is over. */
  see(delayMs: number): void {
    if (delayMs > this.#maxDelayMs) this.isLate = true;
    else if (delayMs <= this.#maxDelayMs * CALM) this.isLate = false;
  }
}
