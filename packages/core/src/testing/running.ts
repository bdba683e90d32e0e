import { setTimeout as sleep } from 'node:timers/promises';
import type { Component } from '../component.ts';
import { toError } from '../errors.ts';

const PATIENCE_MS = 30_000;

/** A component that runs, as a service would let it run. */
export class Running {
  readonly #component: Component;
  readonly #stop = new AbortController();
  readonly #deadline = new AbortController();
  readonly #done: Promise<unknown>;
  #error: Error | undefined;
  #hasEnded = false;

  constructor(component: Component) {
    this.#component = component;
    this.#done = component.run({ signal: this.#stop.signal, deadline: this.#deadline.signal }).then(
      () => (this.#hasEnded = true),
      (error: unknown) => {
        this.#hasEnded = true;
        this.#error = toError(error);
      },
    );
  }

  /** Resolves when `holds`. @throws what the component threw meanwhile, or an Error after 30 s */
  async until(holds: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!holds()) {
      if (this.#hasEnded) throw this.#error ?? new Error(`${this.#component.name} ended before its time`);
      if (performance.now() > end)
        throw new Error(`${this.#component.name} did not get there within ${PATIENCE_MS / 1000} s: ${String(holds)}`);
      await sleep(2);
    }
  }

  /** Stops it and waits until it has. @throws what it threw */
  async stop(deadlineMs = PATIENCE_MS): Promise<void> {
    this.#stop.abort(new DOMException('the service stops', 'AbortError'));
    const timer = setTimeout(() => this.#deadline.abort(new DOMException('the deadline', 'TimeoutError')), deadlineMs);
    await this.#done;
    clearTimeout(timer);
    if (this.#error !== undefined) throw this.#error;
  }

  /** What it fails with. */
  async failed(): Promise<unknown> {
    await this.#done;
    return this.#error;
  }
}

export const later = (ms: number): Promise<void> => sleep(ms);
