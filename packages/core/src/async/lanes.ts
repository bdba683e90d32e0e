import { Fifo } from './fifo.ts';
import type { Task } from './task.ts';

/** Which lanes somebody works on, and who waits behind. Only those are kept: there may be as many lanes as keys. */
export class Lanes<M> {
  /** Undefined where nobody waits: most lanes have one message at a time. */
  readonly #busy = new Map<unknown, Fifo<Task<M>> | undefined>();

  get size(): number {
    return this.#busy.size;
  }

  /** Whether the task may begin. Where its lane is busy it waits behind. */
  enter(task: Task<M>): boolean {
    const { lane } = task.delivery;
    if (lane === undefined) return true;
    task.holdsLane = true;
    let waiting = this.#busy.get(lane);
    if (waiting === undefined) {
      if (!this.#busy.has(lane)) {
        this.#busy.set(lane, undefined);
        return true;
      }
      waiting = new Fifo();
      this.#busy.set(lane, waiting);
    }
    task.holdsLane = false;
    waiting.push(task);
    return false;
  }

  /** The task is done with its lane. @returns who is next, and may begin. */
  leave(task: Task<M>): Task<M> | undefined {
    if (!task.holdsLane) return undefined;
    const { lane } = task.delivery;
    const waiting = this.#busy.get(lane);
    for (let next = waiting?.shift(); next !== undefined; next = waiting?.shift()) {
      if (next.state !== 'waiting') continue; // dropped meanwhile
      next.holdsLane = true;
      return next;
    }
    this.#busy.delete(lane);
    return undefined;
  }
}
