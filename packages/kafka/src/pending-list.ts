import type { Pending } from './pending.ts';

/**
 * Records whose promises are not settled, the oldest first. No Set: its old tables keep what was in them alive until the next full
 * collection of garbage, and with as much under way as a producer has that is most of it.
 */
export class PendingList implements Iterable<Pending> {
  #first: Pending | undefined;
  #last: Pending | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(pending: Pending): void {
    pending.before = this.#last;
    if (this.#last === undefined) this.#first = pending;
    else this.#last.after = pending;
    this.#last = pending;
    pending.isListed = true;
    this.#size++;
  }

  /** @returns false: it was not in it any more */
  delete(pending: Pending): boolean {
    if (!pending.isListed) return false;
    const { before, after } = pending;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    pending.isListed = false;
    pending.before = undefined;
    pending.after = undefined;
    this.#size--;
    return true;
  }

  *[Symbol.iterator](): Generator<Pending> {
    for (let pending = this.#first; pending !== undefined; ) {
      const next: Pending | undefined = pending.after;
      yield pending;
      pending = next;
    }
  }
}
