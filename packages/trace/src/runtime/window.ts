/** How long a window lasts at least. */
const WINDOW_MS = 10_000;

/**
 * Figures of a window of time, for whoever scrapes. A scrape ends a window that has lasted ten seconds; who comes earlier is
 * shown the one before. So a second scraper, a push by OTLP, or somebody with curl takes nothing away from the first, and every
 * moment is in some window that each of them sees.
 */
export class Window<T> {
  readonly #read: (ends: boolean) => T;
  readonly #now: () => number;
  #since: number;
  #last: T | undefined;

  /** @param read - The figures since the window began; where it `ends`, the next one begins. */
  constructor(read: (ends: boolean) => T, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
    this.#since = now();
  }

  get figures(): T {
    const now = this.#now();
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now;
      this.#last = this.#read(true);
    }
    // The first window is shown as it fills.
    return this.#last ?? this.#read(false);
  }
}
