const SMALL = 64;

/**
 * Which offset of a partition may be committed: the one below which everything is settled, however the settlements come in.
 * Offsets may have gaps of their own (compaction, markers of transactions): only what was delivered counts. Each record costs
 * the same, however many wait; what is kept is what lies between the oldest unsettled record and the newest.
 */
export class OffsetTracker {
  /** A ring of the offsets from the oldest unsettled on; settled ones are there as -1 - offset. */
  #ring = new Float64Array(SMALL);
  #head = 0;
  #tail = 0;
  #next = -1;

  /** The offset to commit, the first that is to be read again; -1 while nothing is settled. */
  get next(): number {
    return this.#next;
  }

  /** How many records lie between the oldest that is not settled and the newest. */
  get span(): number {
    return this.#tail - this.#head;
  }

  /** Takes in a record; offsets ascend. @returns its ticket, for {@link settle} */
  add(offset: number): number {
    if (this.span === this.#ring.length) this.#resize(this.#ring.length * 2);
    this.#ring[this.#tail & (this.#ring.length - 1)] = offset;
    return this.#tail++;
  }

  /** Done with. What is given back, and so never settled, is never passed. */
  settle(ticket: number): void {
    const mask = this.#ring.length - 1;
    const offset = this.#ring[ticket & mask] as number;
    if (ticket < this.#head || ticket >= this.#tail || offset < 0) return;
    this.#ring[ticket & mask] = -1 - offset;
    while (this.#head < this.#tail) {
      const settled = this.#ring[this.#head & mask] as number;
      if (settled >= 0) return;
      this.#next = -settled;
      this.#head++;
    }
    if (this.#ring.length > 16 * SMALL) this.#resize(SMALL); // else one slow record costs its memory for ever
  }

  #resize(length: number): void {
    const ring = new Float64Array(length);
    const mask = this.#ring.length - 1;
    for (let ticket = this.#head; ticket < this.#tail; ticket++) ring[ticket & (length - 1)] = this.#ring[ticket & mask] as number;
    this.#ring = ring;
  }
}
