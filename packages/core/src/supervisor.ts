import { setMaxListeners } from 'node:events';
import { log } from '@patron/log';
import type { Component } from './component.ts';
import { GRACE_MS, settlesBefore, settlesWithin } from './deadline.ts';
import { formatDuration } from './duration.ts';
import { ComponentError, describe } from './errors.ts';
import { unreadyReason } from './management/health.ts';

/** What a component can be in. */
export const COMPONENT_STATES = ['starting', 'running', 'stopping', 'stopped', 'late', 'failed'] as const;

type State = (typeof COMPONENT_STATES)[number];

interface Running {
  component: Component;
  state: State;
  done: Promise<void>;
}

/** Runs the components of a service side by side, and knows which way each one ended. */
export class Supervisor {
  readonly #running: readonly Running[];
  readonly #stop = new AbortController();
  readonly #deadline = new AbortController();
  readonly #failures: ComponentError[] = [];
  readonly #onEnd: (reason: string) => void;
  #stoppingAt = 0;

  /** @param onEnd - Called when a component ends before it was asked to. */
  constructor(components: readonly Component[], onEnd: (reason: string) => void) {
    this.#onEnd = onEnd;
    this.#running = components.map((component) => ({ component, state: 'starting', done: Promise.resolve() }));
    // One signal for all components and all they do: from the eleventh listener on Node would warn of a leak.
    setMaxListeners(0, this.#stop.signal, this.#deadline.signal);
  }

  start(): void {
    for (const running of this.#running) {
      running.state = 'running';
      running.done = this.#run(running);
    }
  }

  get names(): readonly string[] {
    return this.#running.map(({ component }) => component.name);
  }

  /** Which components failed, and how, in the order in which they did; none of them twice. */
  get failures(): readonly ComponentError[] {
    return this.#failures;
  }

  /** Why components are not ready, by name. */
  reasons(): Record<string, string> {
    const reasons: Record<string, string> = {};
    for (const { component, state } of this.#running) {
      const reason = state === 'running' ? component.ready && unreadyReason(() => component.ready?.() ?? true) : state;
      if (reason !== undefined) reasons[component.name] = reason;
    }
    return reasons;
  }

  /** The state of each component, by name. */
  states(): readonly (readonly [name: string, state: State])[] {
    return this.#running.map(({ component, state }) => [component.name, state]);
  }

  /** The part of GET /info that tells of the components. */
  info(): readonly Record<string, unknown>[] {
    return this.#running.map(({ component, state }) => ({ ...infoOf(component), name: component.name, state }));
  }

  /** Where a component listens, if it tells. */
  addressOf(name: string): unknown {
    const running = this.#running.find(({ component }) => component.name === name);
    return running === undefined ? undefined : infoOf(running.component)['address'];
  }

  /** Asks all components to stop and waits until they have, at most until `deadline` and a moment. */
  async stop(deadline: AbortSignal, timeoutMs: number): Promise<void> {
    this.#stoppingAt = performance.now();
    for (const running of this.#running) if (running.state === 'running') running.state = 'stopping';
    this.#stop.abort(new DOMException('the service stops', 'AbortError'));
    const all = Promise.all(this.#running.map(({ done }) => done));
    if (await settlesBefore(all, deadline)) return;
    for (const running of this.#running) if (running.state === 'stopping') this.#late(running, timeoutMs);
    this.#deadline.abort(deadline.reason);
    await settlesWithin(all, GRACE_MS);
  }

  async #run(running: Running): Promise<void> {
    const { name } = running.component;
    try {
      await running.component.run({ signal: this.#stop.signal, deadline: this.#deadline.signal });
      if (running.state === 'running') {
        this.#fail(
          running,
          new ComponentError('PATRON_COMPONENT_RETURNED', name, `component "${name}" returned before it was asked to stop`),
        );
      } else this.#stopped(running);
    } catch (error) {
      if (running.state === 'late' || this.#isStop(error)) this.#stopped(running, error);
      else
        this.#fail(
          running,
          new ComponentError('PATRON_COMPONENT_FAILED', name, `component "${name}" failed: ${describe(error)}`, { cause: error }),
        );
    }
  }

  #fail(running: Running, failure: ComponentError): void {
    running.state = 'failed';
    this.#failures.push(failure);
    log.error(failure.message, { component: failure.component, code: failure.code, ...('cause' in failure && { error: failure.cause }) });
    this.#onEnd(failure.message);
  }

  #stopped(running: Running, error?: unknown): void {
    const fields = { component: running.component.name, durationMs: Math.round(performance.now() - this.#stoppingAt) };
    if (running.state === 'late')
      log.warn('stop: component gave up after the deadline', { ...fields, ...(error !== undefined && { error }) });
    else {
      running.state = 'stopped';
      log.info('stop: component stopped', fields);
    }
  }

  #late(running: Running, timeoutMs: number): void {
    const { name } = running.component;
    running.state = 'late';
    const failure = new ComponentError(
      'PATRON_COMPONENT_LATE',
      name,
      `component "${name}" did not stop before the deadline, ${formatDuration(timeoutMs)} after the stop began`,
    );
    this.#failures.push(failure);
    log.error(failure.message, { component: name, code: failure.code });
  }

  /** What waits with our signal (`once`, `sleep`, `fetch`) rejects with it when it aborts: that is a stop, no failure. */
  #isStop(error: unknown): boolean {
    const { aborted, reason } = this.#stop.signal as { aborted: boolean; reason: unknown };
    const { name, cause } = (error ?? {}) as { name?: unknown; cause?: unknown };
    return aborted && (error === reason || (name === 'AbortError' && cause === reason));
  }
}

/** What a component says of itself; one that throws while it does so says that. */
function infoOf(component: Component): Record<string, unknown> {
  try {
    return component.info?.() ?? {};
  } catch (error) {
    return { info: `info() threw: ${describe(error)}` };
  }
}
