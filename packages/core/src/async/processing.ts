import { type ActiveOperation, withCorrelationId } from '@patron/trace';
import { describe } from '../errors.ts';
import { DeadLetters } from './dead-letters.ts';
import { type Decoder, decoder, isPromise } from './decode.ts';
import type { Settlement } from './delivery.ts';
import { HandlerTimeoutError, MessageFailedError, MessageInvalidError } from './errors.ts';
import type { ResolvedConsumer } from './options.ts';
import type { Task } from './task.ts';
import type { Transport } from './transport.ts';

/** What the outcome of a handler leads to. */
export interface Outcomes<M> {
  settle(task: Task<M>, how: Settlement): void;
  /** Waits, then calls `step` when there is a place for it. */
  park(task: Task<M>, ms: number, step: () => void): void;
  /** Nothing may begin any more. */
  exit(error: MessageFailedError): void;
}

const LOST = { status: 'lost' };

/**
 * One message and its handler: decode, call, and what comes of it.
 *
 * | the handler | while it may be tried again | then |
 * |---|---|---|
 * | returns | ack | |
 * | throws | its lane waits for `backoff` | `exhausted`: exit, nack, ack, or a dead letter and ack |
 * | is given what can't be decoded, or its schema refuses | | the same, at once |
 * | is done after the message was taken from us | release | |
 */
export class Processing<M> {
  readonly #options: ResolvedConsumer<M>;
  readonly #outcomes: Outcomes<M>;
  readonly #decode: Decoder;
  readonly #deadLetters: DeadLetters<M>;

  constructor(transport: Transport<M>, options: ResolvedConsumer<M>, outcomes: Outcomes<M>) {
    this.#options = options;
    this.#outcomes = outcomes;
    this.#decode = decoder(options.codec, options.schema);
    this.#deadLetters = new DeadLetters(transport, options);
  }

  /** Begins an attempt. A handler that is not asynchronous is through when this returns. */
  begin(task: Task<M>): void {
    const { delivery, instruments } = task;
    const { handlerTimeoutMs } = this.#options;
    const active = instruments.operation.begin(delivery.carrier);
    if (handlerTimeoutMs !== undefined)
      task.timer = setTimeout(() => task.abort(new HandlerTimeoutError(delivery.id, handlerTimeoutMs)), handlerTimeoutMs);
    let result: unknown;
    try {
      result = active.run(this.#handle, task);
    } catch (error) {
      this.#failed(task, active, error);
      return;
    }
    if (isPromise(result)) {
      result.then(
        () => this.#succeeded(task, active),
        (error: unknown) => this.#failed(task, active, error),
      );
    } else this.#succeeded(task, active);
  }

  readonly #handle = (task: Task<M>): unknown => {
    const value = this.#decode(task.delivery);
    if (isPromise(value)) return value.then((decoded) => this.#options.handle(task.delivery.message(decoded, task)));
    return this.#options.handle(task.delivery.message(value, task));
  };

  #succeeded(task: Task<M>, active: ActiveOperation): void {
    clearTimeout(task.timer);
    active.end(task.isLost ? LOST : undefined);
    this.#outcomes.settle(task, task.isLost ? 'release' : 'ack');
  }

  #failed(task: Task<M>, active: ActiveOperation, thrown: unknown): void {
    clearTimeout(task.timer);
    if (task.isLost) {
      active.end(LOST);
      this.#outcomes.settle(task, 'release');
      return;
    }
    // What a handler throws whose time is up is as a rule what its signal told it.
    const error = task.aborted ?? thrown;
    if (this.#mayTryAgain(task, error)) {
      active.end({ status: 'retry', error });
      active.logger.warn('message failed, to be tried again', this.#fields(task, error));
      this.#outcomes.park(task, this.#options.backoff(task.number), () => {
        task.again();
        withCorrelationId(active.correlationId, () => this.begin(task)); // where none came with it, the next try has the same one
      });
    } else {
      active.end({ status: 'failed', error });
      this.#giveUp(task, active, error);
    }
  }

  #mayTryAgain(task: Task<M>, error: unknown): boolean {
    const { attempts, retryIf } = this.#options;
    if (task.number >= attempts || error instanceof MessageInvalidError) return false;
    try {
      return retryIf(error);
    } catch {
      return false; // a policy that fails on an error has not said that it may go away
    }
  }

  #giveUp(task: Task<M>, active: ActiveOperation, error: unknown): void {
    const { exhausted } = this.#options;
    const fields = this.#fields(task, error);
    if (exhausted === 'exit') {
      active.logger.error('message failed for good, the service stops', fields);
      this.#outcomes.exit(new MessageFailedError(task.delivery.id, task.number, describe(error), error));
      this.#outcomes.settle(task, 'release');
    } else if (exhausted === 'ack' || exhausted === 'nack') {
      active.logger.error(`message failed for good, ${exhausted === 'ack' ? 'passed over' : 'given back'}`, fields);
      this.#outcomes.settle(task, exhausted);
    } else this.#bury(task, active, error, 1);
  }

  /** Publishes the dead letter, again and again until it is confirmed: before, its source must not be settled. */
  #bury(task: Task<M>, active: ActiveOperation, error: unknown, tries: number): void {
    this.#deadLetters.publish(task, active, error).then(
      () => {
        active.logger.error('message failed for good, sent to the dead letters', this.#fields(task, error));
        this.#outcomes.settle(task, task.isLost ? 'release' : 'ack');
      },
      (problem: unknown) => {
        active.logger.error('dead letter not published, to be tried again', this.#fields(task, problem));
        if (task.isLost) this.#outcomes.settle(task, 'release');
        else this.#outcomes.park(task, this.#options.backoff(tries), () => this.#bury(task, active, error, tries + 1));
      },
    );
  }

  #fields(task: Task<M>, error: unknown): Record<string, unknown> {
    const { destination } = this.#deadLetters;
    return {
      component: this.#options.name,
      message_id: task.delivery.id,
      attempt: task.number,
      ...(destination !== undefined && { destination }),
      error,
    };
  }
}
