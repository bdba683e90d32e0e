/** First in, first out, without moving what waits: `Array.shift()` costs more the more there is. */
export class Fifo<T> {
  #in: T[] = [];
  #out: T[] = [];
  #next = 0;

  get length(): number {
    return this.#in.length + this.#out.length - this.#next;
  }

  push(item: T): void {
    this.#in.push(item);
  }

  shift(): T | undefined {
    if (this.#next === this.#out.length) {
      if (this.#in.length === 0) return undefined;
      // Emptied and used again: what is small stays small, and what was large is let go of.
      const { length } = this.#out;
      this.#out.length = 0;
      [this.#in, this.#out] = [length > 1024 ? [] : this.#out, this.#in];
      this.#next = 0;
    }
    const item = this.#out[this.#next];
    this.#out[this.#next++] = undefined as T; // else what has been taken lives as long as what waits
    return item;
  }

  /** Takes out what `keep` does not want, in order. */
  remove(keep: (item: T) => boolean): T[] {
    const removed: T[] = [];
    const kept: T[] = [];
    for (const item of [...this.#out.slice(this.#next), ...this.#in]) (keep(item) ? kept : removed).push(item);
    this.#out = kept;
    this.#in = [];
    this.#next = 0;
    return removed;
  }
}
