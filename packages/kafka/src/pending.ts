import type { ActiveOperation } from '@patron/trace';
import type { OutgoingRecord } from './producer-client.ts';

/** Where a record has been stored. */
export interface Sent {
  readonly partition: number;
  readonly offset: number;
}

/** A record whose promise is not settled yet. It settles once, whoever comes first. */
export class Pending {
  readonly topic: string;
  /** Until librdkafka has it: what waits for its answer need not keep it. */
  record: OutgoingRecord | undefined;
  /** On the clock of `performance.now()`. */
  readonly at = performance.now();
  readonly #active: ActiveOperation;
  readonly #resolve: (sent: Sent) => void;
  readonly #reject: (error: unknown) => void;
  isSettled = false;
  /** Its place in the list of them. */
  before: Pending | undefined;
  after: Pending | undefined;
  isListed = false;
  /** Stops listening to the caller's signal. */
  unlisten: (() => void) | undefined;

  constructor(record: OutgoingRecord, active: ActiveOperation, resolve: (sent: Sent) => void, reject: (error: unknown) => void) {
    this.topic = record.topic;
    this.record = record;
    this.#active = active;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  resolve(sent: Sent): void {
    if (this.#settle()) {
      this.#active.end();
      this.#resolve(sent);
    }
  }

  reject(error: unknown): void {
    if (this.#settle()) {
      this.#active.end({ error });
      this.#reject(error);
    }
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.unlisten?.();
    return true;
  }
}
