import type { Readiness } from '../component.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Delivery, Group } from './delivery.ts';

/** How long what was taken away may take. */
export interface RevokeLimits {
  /** How long handlers may go on before their signal aborts. */
  drainMs: number;
  /** How long they may take from then on, before they are left behind. */
  graceMs: number;
}

/** What the pipeline lets its transport do to what is under way. */
export interface Control {
  /**
   * Gives a group back: drops what has not begun (but for what lies below something that has, else that would be done twice), lets
   * the rest finish, aborts what is late. Resolves when nothing of the group is left that could still settle.
   */
  revoke(group: Group, limits: RevokeLimits): Promise<void>;
  /** A group was taken without asking: drops and aborts everything of it at once. What still finishes settles nothing. */
  lose(group: Group): void;
}

/** One connection's life: from the moment it is up until it breaks or is closed. */
export interface Intake<M = unknown> {
  /**
   * What comes, several at once where they come so. It is asked for more while fewer than `prefetch` are unsettled. It ends when
   * `signal` has aborted, and throws when the connection can't go on: it is then closed and opened anew.
   */
  readonly deliveries: AsyncIterable<readonly Delivery<M>[]>;
  /** Whether it makes progress: assigned or attached, heard of its broker lately. */
  ready(): Readiness;
  /** What GET /info tells of it. */
  info?(): Record<string, unknown>;
  /** Everything is settled or left: tells the broker, says goodbye. Bounded by `deadline`. */
  close(deadline: AbortSignal): Promise<void>;
}

/** A transport, as the pipeline sees it. */
export interface Transport<M = unknown> {
  /** As the semantic conventions call it, `messaging.system`: kafka, rabbitmq, aws_sqs. */
  readonly system: string;
  /** Who reads, as far as the broker tells readers apart: a consumer group. @default '' */
  readonly consumerGroup?: string;
  /** How many unsettled messages the pipeline may hold. @default concurrency */
  readonly prefetch?: number;
  /** Connects. Rejects where that can't work; then it is tried again within the budget of restarts, but for an error whose `isFinal` is true. */
  open(control: Control, signal: AbortSignal): Promise<Intake<M>>;
  /** Publishes what can't be handled and waits until the broker has it. Where it rejects, the message stays unsettled and it is tried again. */
  publishDeadLetter?(delivery: Delivery<M>, letter: DeadLetter): Promise<void>;
  /** Closes what outlives a connection: the producer of dead letters. */
  close?(deadline: AbortSignal): Promise<void>;
}
