import type { Carrier } from '@patron/trace';

/**
 * What becomes of a message at its broker:
 *
 * | settlement | when | Kafka | AMQP 1.0 | SQS |
 * |---|---|---|---|---|
 * | `ack` | its handler returned, it was dead-lettered, or its policy says so | offset may be committed | accepted | deleted |
 * | `nack` | it failed, and its policy says so | - | modified, counted as failed | visible again at once |
 * | `release` | nobody worked on it, or nobody may any more | stays uncommitted | released | visible again at once |
 */
export type Settlement = 'ack' | 'nack' | 'release';

/** One try at a message: what its handler may look at. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  readonly signal: AbortSignal;
}

/** What can be taken away as one: a partition, for as long as it is assigned. */
export interface Group {
  /** The highest place at which work has begun, which the pipeline writes; -1 at first. */
  begun: number;
}

/** A message as its transport hands it over, before anybody has looked into it. */
export interface Delivery<M = unknown> {
  /**
   * What keeps an order: of one lane, messages are handled one after the other, in the order in which they came. Compared as a key of
   * a Map is. Undefined: this message waits for no other.
   */
  readonly lane?: unknown;
  /** What can be taken away as one, a partition. Undefined where nothing can. */
  readonly group?: Group | undefined;
  /** The place in its group, ascending: an offset. What is taken away is finished up to the highest place at which work has begun. */
  readonly position?: number;
  /** The topic or queue. Of these there are few: they are labels of metrics. */
  readonly source: string;
  /** For people and logs: `orders/3/4711`. */
  readonly id: string;
  /** Where the headers of trace and correlation are. */
  readonly carrier: Carrier;
  readonly body: Buffer | null;
  /** The media type that its headers tell. */
  readonly contentType?: string | undefined;
  /** What the handler gets. */
  message(value: unknown, attempt: Attempt): M;
  /** Called once, whatever happens. What it returns is waited for before the place of the message is given to another. */
  settle(how: Settlement): void | Promise<void>;
}
