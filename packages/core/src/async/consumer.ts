import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@patron/log';
import type { Readiness, RunContext } from '../component.ts';
import { describe } from '../errors.ts';
import { onAbort } from '../deadline.ts';
import { Drain } from './drain.ts';
import { MessageFailedError, RestartsExhaustedError } from './errors.ts';
import { tellConsumer } from './instruments.ts';
import type { ResolvedConsumer } from './options.ts';
import { Pipeline } from './pipeline.ts';
import { RestartBudget } from './restart-budget.ts';
import { StallWatch } from './stall-watch.ts';
import type { Intake, Transport } from './transport.ts';

/** How long handlers may take to end when the connection below them has broken, or a message has failed for good. */
const BROKEN_DRAIN_MS = 10_000;

/**
 * The life of a consumer: connect, take, and, when that breaks, begin again within a budget; when the service stops, take no
 * more, end what has begun, say goodbye. A transport's component is this and a {@link Transport}.
 *
 * @example
 * ```ts
 * import { AsyncConsumer, resolveConsumer } from '@patron/core/async';
 * import { MemoryBroker, type MemoryMessage } from '@patron/core/testing';
 *
 * const broker = new MemoryBroker();
 * broker.publish('orders', { value: { id: 4711 } });
 * const stop = new AbortController();
 * const handle = ({ value }: MemoryMessage): void => {
 *   console.log(value);
 *   stop.abort();
 * };
 * const consumer = new AsyncConsumer(broker.transport(['orders']), resolveConsumer('the consumer', { name: 'orders', handle }, []));
 *
 * await consumer.run({ signal: stop.signal, deadline: AbortSignal.timeout(5000) }); // { id: 4711 }
 * ```
 */
export class AsyncConsumer<M> {
  readonly #transport: Transport<M>;
  readonly #options: ResolvedConsumer<M>;
  readonly #pipeline: Pipeline<M>;
  readonly #drain: Drain<M>;
  readonly #stalls: StallWatch<M>;
  #intake: Intake<M> | undefined;
  #problem = 'not connected yet';
  #restarts = 0;
  #exit: (error: MessageFailedError) => void = () => undefined;

  constructor(transport: Transport<M>, options: ResolvedConsumer<M>) {
    this.#transport = transport;
    this.#options = options;
    this.#pipeline = new Pipeline(transport, options, {
      onExit: (error) => this.#exit(error),
      onSettleError: (task, error) =>
        log.error('settlement not heard by the broker, it will give the message again', {
          component: options.name,
          message_id: task.delivery.id,
          error,
        }),
    });
    this.#drain = new Drain(this.#pipeline);
    this.#stalls = new StallWatch(this.#pipeline, options);
  }

  /** Consumes until `signal` aborts. @throws MessageFailedError, RestartsExhaustedError, and what says of itself that it is final */
  async run({ signal, deadline }: RunContext): Promise<void> {
    const budget = new RestartBudget(this.#options.restart);
    const untell = tellConsumer(this.#pipeline);
    this.#stalls.start();
    try {
      while (!signal.aborted) {
        const broken = await this.#once(signal, deadline);
        if (broken === undefined) return;
        if (isFinal(broken.error)) throw broken.error;
        const waitMs = budget.next();
        const { attempts, windowMs } = this.#options.restart;
        if (waitMs === undefined) throw new RestartsExhaustedError(attempts, windowMs, describe(broken.error), broken.error);
        this.#restarts++;
        this.#problem = `its consumer broke and is opened again: ${describe(broken.error)}`;
        log.warn('consumer broke, to be opened again', { component: this.#options.name, waitMs: Math.round(waitMs), error: broken.error });
        await sleep(waitMs, undefined, { signal }).catch(() => undefined); // the stop ends the wait
      }
    } finally {
      this.#stalls.stop();
      untell();
      await this.#transport.close?.(deadline);
    }
  }

  /** Whether it makes progress, and if not, why. */
  ready(): Readiness {
    if (this.#intake === undefined) return { ready: false, reason: this.#problem };
    const stalled = this.#stalls.reason;
    return stalled === undefined ? this.#intake.ready() : { ready: false, reason: stalled };
  }

  info(): Record<string, unknown> {
    const { inFlight, running, parked } = this.#pipeline;
    return { system: this.#transport.system, inFlight, running, parked, restarts: this.#restarts, ...this.#intake?.info?.() };
  }

  /** One connection's life. @returns what it broke of, undefined where the service stops */
  async #once(signal: AbortSignal, deadline: AbortSignal): Promise<{ error: unknown } | undefined> {
    const closing = new AbortController();
    const unlisten = onAbort(signal, () => closing.abort(signal.reason));
    try {
      const intake = await this.#transport.open(this.#drain, closing.signal);
      return await this.#serve(intake, closing, signal, deadline);
    } catch (error) {
      if (error instanceof MessageFailedError) throw error; // to open it again would only bring the message again
      return signal.aborted ? undefined : { error };
    } finally {
      unlisten();
      this.#intake = undefined;
    }
  }

  async #serve(
    intake: Intake<M>,
    closing: AbortController,
    signal: AbortSignal,
    deadline: AbortSignal,
  ): Promise<{ error: unknown } | undefined> {
    this.#intake = intake;
    this.#pipeline.open();
    const exited = new Promise<MessageFailedError>((resolve) => (this.#exit = resolve));
    const taking = this.#take(intake);
    let unlisten = (): void => undefined;
    const stopped = new Promise<void>((resolve) => (unlisten = onAbort(signal, resolve)));
    const ended = await Promise.race([taking, exited, stopped]);
    unlisten();
    closing.abort(signal.reason);
    this.#pipeline.close();
    const limit = signal.aborted ? deadline : AbortSignal.any([deadline, AbortSignal.timeout(BROKEN_DRAIN_MS)]);
    await this.#drain.all(limit, signal.aborted ? 'the service has no time left' : 'its consumer has ended');
    this.#intake = undefined;
    this.#problem = 'stopping';
    await this.#goodbye(intake, limit);
    if (ended instanceof Error) throw ended;
    return signal.aborted ? undefined : (ended ?? { error: new Error('its messages came to an end') });
  }

  /** @returns what broke; undefined where it came to its end */
  async #take(intake: Intake<M>): Promise<{ error: unknown } | undefined> {
    try {
      for await (const deliveries of intake.deliveries) {
        this.#pipeline.take(deliveries);
        if (!this.#pipeline.hasRoom) await this.#pipeline.room();
      }
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Everything is settled: a goodbye that fails loses nothing. */
  async #goodbye(intake: Intake<M>, limit: AbortSignal): Promise<void> {
    try {
      await intake.close(limit);
    } catch (error) {
      log.warn('consumer did not close in order', { component: this.#options.name, error });
    }
  }
}

/** By its own word: to open the consumer again would change nothing. */
function isFinal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { isFinal?: unknown }).isFinal === true;
}
