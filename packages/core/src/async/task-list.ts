/** What can stand in a {@link TaskList}: it keeps its own place there. */
export interface Listed<T> {
  before: T | undefined;
  after: T | undefined;
}

/**
 * What is under way, the oldest first. A Set would do, but for its memory: each time it fills up it makes a new table and leaves the
 * old one behind with all that was in it. Once one of those is old to the garbage collector, all that come after it live as long,
 * and with them half of all messages, until the next full collection.
 */
export class TaskList<T extends Listed<T>> implements Iterable<T> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(task: T): void {
    task.before = this.#last;
    if (this.#last === undefined) this.#first = task;
    else this.#last.after = task;
    this.#last = task;
    this.#size++;
  }

  /** Takes out one that is in it. It lets go of its neighbours, which would else live as long as whoever still knows it. */
  delete(task: T): void {
    const { before, after } = task;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    task.before = undefined;
    task.after = undefined;
    this.#size--;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let task = this.#first; task !== undefined; ) {
      const next = task.after;
      yield task;
      task = next;
    }
  }
}
