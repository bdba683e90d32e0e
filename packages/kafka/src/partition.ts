import type { Group, Settlement } from '@patron/core/async';
import type { RawRecord, TopicPartitionOffset } from './client.ts';
import { KafkaDelivery } from './delivery.ts';
import { OffsetTracker } from './offsets.ts';
import type { Ordering } from './options.ts';

/** What a partition tells of itself while its records are settled. */
export interface PartitionEvents {
  /** Enough was settled that it may take more again. */
  onRoom(partition: Partition): void;
}

/** How many records one slow one may hold up behind it, in multiples of `maxBuffered`, before the partition waits for it. */
const SPAN = 10;

/**
 * A partition for as long as it is assigned: assigned again, it is another one. It knows what of it is under way, and which
 * offset may be committed.
 */
export class Partition implements Group {
  readonly topic: string;
  readonly number: number;
  begun = -1;
  /** `revoking`: nothing of it is taken any more. `gone`: nothing of it is committed any more. */
  state: 'assigned' | 'revoking' | 'gone' = 'assigned';
  isPaused = false;
  /** The last offset that the broker has confirmed; -1 before. */
  committed = -1;
  /** The offset whose commit is not answered yet. */
  committing: number | undefined;
  /** When that was sent, on the clock of `performance.now()`. */
  committingSince = 0;
  readonly #ordering: Ordering;
  /** By name: a handler that is not done when the partition comes back to us holds up what is new there, too. */
  readonly #lane: string;
  readonly #most: number;
  readonly #events: PartitionEvents;
  readonly #tracker = new OffsetTracker();
  #held = 0;
  #last = -1;
  #end = -1;

  constructor(
    topic: string,
    number: number,
    { ordering, maxBuffered }: { ordering: Ordering; maxBuffered: number },
    events: PartitionEvents,
  ) {
    this.topic = topic;
    this.number = number;
    this.#ordering = ordering;
    this.#lane = `${topic}/${number}`;
    this.#most = maxBuffered;
    this.#events = events;
  }

  /** The newest offset that was read; -1 before. */
  get read(): number {
    return this.#last;
  }

  /** Records that were delivered and are not settled. */
  get held(): number {
    return this.#held;
  }

  get isFull(): boolean {
    return this.#held >= this.#most || this.#tracker.span >= this.#most * SPAN;
  }

  /** Whether it has come down far enough to take more: with less of a gap it would be paused again at once. */
  get hasRoom(): boolean {
    return this.#held * 2 <= this.#most && this.#tracker.span * 2 <= this.#most * SPAN;
  }

  /** What may be committed and is not; undefined where there is nothing. */
  get toCommit(): TopicPartitionOffset | undefined {
    // Behind the last record there may be what is no record, the marker of a transaction: the end is told by the broker.
    const offset = this.#tracker.span === 0 ? Math.max(this.#tracker.next, this.#end) : this.#tracker.next;
    if (this.state === 'gone' || offset < 0 || offset <= this.committed) return undefined;
    return { topic: this.topic, partition: this.number, offset };
  }

  /** Takes a record in. @returns undefined for one that came before: a pause may have it read again */
  take(record: RawRecord): KafkaDelivery | undefined {
    if (this.state !== 'assigned' || record.offset <= this.#last) return undefined;
    this.#last = record.offset;
    this.#held++;
    return new KafkaDelivery(this, record, this.#tracker.add(record.offset), this.#laneOf(record));
  }

  settle(ticket: number, how: Settlement): void {
    this.#held--;
    if (how === 'ack') this.#tracker.settle(ticket);
    if (this.hasRoom) this.#events.onRoom(this);
  }

  /** Everything before `offset` has been read. */
  reachEnd(offset: number): void {
    if (this.state === 'assigned' && offset > this.#end) this.#end = offset;
  }

  #laneOf({ key }: RawRecord): unknown {
    switch (this.#ordering) {
      case 'partition':
        return this.#lane;
      case 'key':
        return key === null ? undefined : `${this.#lane}/${key.toString('latin1')}`;
      case 'none':
        return undefined;
    }
  }
}
