/** When to stop, and when to give up. */
export interface RunContext {
  /** Aborts when the service stops: take no new work, settle what was begun, resolve. */
  readonly signal: AbortSignal;
  /** Aborts when the time for that is over: give up now, leave unsettled what is not done. */
  readonly deadline: AbortSignal;
}

/** Whether a component can do its work now, and if not, why. */
export type Readiness = boolean | { ready: boolean; reason?: string };

/**
 * A long-running task: a server, a consumer.
 *
 * @example
 * ```ts
 * import { once } from 'node:events';
 * import { type Component, Service } from '@patron/core';
 *
 * const heartbeat: Component = {
 *   name: 'heartbeat',
 *   async run({ signal }) {
 *     const timer = setInterval(() => console.log('still here'), 1000);
 *     if (!signal.aborted) await once(signal, 'abort');
 *     clearInterval(timer);
 *   },
 * };
 *
 * await new Service({ name: 'example', components: [heartbeat] }).run(AbortSignal.timeout(50));
 * ```
 */
export interface Component {
  /** Unique in its service; in log lines, /ready, /info and errors. */
  readonly name: string;
  /** Works until `signal` aborts, settles what it has begun, resolves. Rejects when it cannot go on; resolving early counts as a failure. */
  run(context: RunContext): Promise<void>;
  /** Whether it can do its work now. Asked by GET /ready, often: it looks at state, it does not go and find out. @default ready while it runs */
  ready?(): Readiness;
  /** What GET /info reports about it. Never a secret. */
  info?(): Record<string, unknown>;
}

/** Something that is used by components and closed after them: a producer, a pool, a cache. */
export interface Resource {
  readonly name: string;
  /** Flushes and closes. `deadline` aborts when there is no time left. */
  close(deadline: AbortSignal): Promise<void>;
}
