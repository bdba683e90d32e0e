import type { Attempt, Delivery } from './delivery.ts';
import type { SourceInstruments } from './instruments.ts';
import type { Listed } from './task-list.ts';

/**
 * | state | what | place of `concurrency` |
 * |---|---|---|
 * | `waiting` | for a place, or for its lane | no |
 * | `running` | its handler, or the publication of its dead letter | yes |
 * | `parked` | for its next try | no; yes beyond `maxParkedLanes` |
 * | `settling` | the broker is being told | yes |
 * | `done` | settled, or left | no |
 */
export type TaskState = 'waiting' | 'running' | 'parked' | 'settling' | 'done';

/** A message from the moment it is taken until it is settled. */
export class Task<M> implements Attempt, Listed<Task<M>> {
  readonly delivery: Delivery<M>;
  readonly instruments: SourceInstruments;
  /** On the clock of `performance.now()`. */
  readonly takenAt: number;
  /** Its neighbours in the list of what is under way. */
  before: Task<M> | undefined;
  after: Task<M> | undefined;
  state: TaskState = 'waiting';
  number = 1;
  /** When its current try began. */
  startedAt = 0;
  /** Whether it keeps a place of `concurrency`. */
  hasPlace = false;
  /** Whether others of its lane wait for it. */
  holdsLane = false;
  /** Whether it is no longer ours to settle, but to leave. */
  isLost = false;
  /** Whether somebody has been told that it takes too long. */
  isStalled = false;
  /** Of the handler's time, or of the next try. */
  timer: NodeJS.Timeout | undefined;
  /** What comes when it has a place again. Undefined: its next attempt. */
  step: (() => void) | undefined;
  /** Ends its wait, while it is parked. */
  resume: (() => void) | undefined;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor(delivery: Delivery<M>, instruments: SourceInstruments, takenAt: number) {
    this.delivery = delivery;
    this.instruments = instruments;
    this.takenAt = takenAt;
  }

  /** Made when it is asked for: most handlers never do, and an AbortController costs more than the rest of a message. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Why the signal of this try has aborted, where it has. */
  get aborted(): Error | undefined {
    return this.#reason;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }

  /** Another try: with a signal of its own. */
  again(): void {
    this.number++;
    this.#reason = undefined;
    this.#controller = undefined;
  }
}
