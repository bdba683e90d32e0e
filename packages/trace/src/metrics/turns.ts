/**
 * Turns of the event loop, to one after the other: however many scrape at once, a request between them waits for one stretch
 * and not for one of each.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves in a later turn that is nobody else's. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(this.#release);
    });
  }

  readonly #release = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#release);
  };
}
