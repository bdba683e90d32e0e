import type { Message } from '../../async/message.ts';
import type { ConsumerOptions } from '../../async/options.ts';
import type { Component } from '../../component.ts';

/** What a transport can do: what it can't is left out, and its table says so. */
export interface Features {
  /** What keeps its order: messages of one key, or all of one partition. */
  readonly order: 'key' | 'partition' | 'none';
  /** Whether `exhausted: 'nack'` is there, and the broker counts deliveries. */
  readonly nack: boolean;
  /** Whether a message may have no body. */
  readonly tombstones: boolean;
}

/** A message that is to be sent. All of one `key` keep their order, where the transport has one. */
export interface Sent {
  readonly body: Buffer | null;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The options that a test sets. */
export type Wanted = Partial<Pick<ConsumerOptions<unknown, Message>, 'concurrency' | 'failure' | 'handlerTimeoutMs'>> &
  Pick<ConsumerOptions<unknown, Message>, 'handle'>;

/** A topic or queue of its own, with nothing in it. */
export interface Place {
  /** Resolves when the broker has them. */
  send(messages: readonly Sent[]): Promise<void>;
  /** A consumer of it, each time one that goes on where the one before has left off. */
  consumer(wanted: Wanted): Component;
  /** Where `deadLetter` of the tests leads: what is there, once there are so many. */
  deadLetters(count: number): Promise<readonly { body: Buffer | null; headers: Readonly<Record<string, string>> }[]>;
  /** The name of it, for `exhausted: { deadLetter }`. */
  readonly deadLetter: string;
  /** Lets so many publications of dead letters fail first. */
  failDeadLetters(count: number): void;
  close(): Promise<void>;
}

/** A transport under test. */
export interface Harness {
  readonly features: Features;
  place(): Promise<Place>;
}

/** A promise, as it is written here. */
export interface Promised {
  readonly title: string;
  readonly needs?: (features: Features) => boolean;
  readonly test: (place: Place, features: Features) => Promise<void>;
}
