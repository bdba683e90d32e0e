/** Hands over, in order, what comes at its own pace to somebody who asks at theirs. Ends once, with an error or without. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #wake: (() => void) | undefined;
  #end: { error?: unknown } | undefined;

  push(item: T): void {
    if (this.#end !== undefined) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** Takes no more; what is in it is still handed over. */
  end(): void {
    this.#end ??= {};
    this.#wake?.();
  }

  /** Takes no more, throws away what is in it, and throws. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#items.length = 0;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (true) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#end === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if ('error' in this.#end) throw this.#end.error;
      else return;
    }
  }
}
