/** The headers of a message, by name in any case. A header may occur more than once, and its value need not be text. */
export interface MessageHeaders {
  /** The first value of that name, as UTF-8. */
  get(name: string): string | undefined;
  /** All values of that name, in their order. */
  getAll(name: string): string[];
  /** The first value of that name, as it came. */
  bytes(name: string): Buffer | undefined;
  /** The names that occur, each once, as they were written. */
  names(): string[];
}

/** What a handler gets. Each transport adds what only it has: a key, a partition, a queue. */
export interface Message<T = unknown> {
  /** The body, decoded by the codec and let through by the schema. Null where there is no body and no schema made something of that. */
  readonly value: T;
  /** The bytes as they came; null for a tombstone. */
  readonly body: Buffer | null;
  readonly headers: MessageHeaders;
  /** Which message of its source this is, for people and logs: `orders/3/4711`. */
  readonly id: string;
  /** The topic or queue. */
  readonly source: string;
  /** Which of our tries at it this is: 1 for the first. */
  readonly attempt: number;
  /** How often the broker has delivered it, where the broker counts. */
  readonly deliveries?: number;
  /** When it was sent, where the transport says so. */
  readonly timestamp?: Date;
  /**
   * Aborts when the work is no longer worth finishing: it was taken from us (partition revoked, lease lost), its time is up, or
   * the service has no time left to stop. What the handler does from then on settles nothing.
   */
  readonly signal: AbortSignal;
}

/**
 * Returning means done: the message is settled. Throwing means failed: the failure policy decides. Handlers never acknowledge.
 */
export type Handler<M> = (message: M) => unknown;
