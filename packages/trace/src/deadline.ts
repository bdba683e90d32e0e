import { childContext, contextStore } from '@patron/log';
import { isThenable } from './thenable.ts';

const DEADLINE_KEY = Symbol.for('patron.v1.deadline');

/**
 * Milliseconds that the work going on here has left, 0 where its deadline has passed; undefined where it has none. Clients of patron
 * give a call no more than that, and tell whoever they call.
 *
 * @example
 * ```ts
 * import { remainingMs, withDeadline } from '@patron/trace';
 *
 * withDeadline(500, () => console.log(remainingMs()! <= 500)); // true
 * console.log(remainingMs()); // undefined
 * ```
 */
export function remainingMs(): number | undefined {
  const at = around()?.at;
  return at === undefined ? undefined : Math.max(0, at - performance.now());
}

/**
 * Runs `fn` with a deadline for everything below it, of which nothing is stopped by that alone: it is for whoever asks for
 * {@link remainingMs}. Inside of an earlier deadline that one stays. What goes on after `fn` has settled, a timer that it began, has
 * none any more. For work that no request with a time limit began: a message, a script.
 *
 * @param timeoutMs - Milliseconds from now.
 * @throws RangeError where that is no number of 0 or more.
 *
 * @example
 * ```ts no-run
 * import { HttpClient } from '@patron/http/client';
 * import { withDeadline } from '@patron/trace';
 *
 * const stock = new HttpClient({ baseUrl: 'http://stock:50000', timeoutMs: 2000 });
 * // Both calls together take no longer than a second.
 * const count = await withDeadline(1000, async () => {
 *   const ids = (await (await stock.get('/ids')).json()) as string[];
 *   return (await stock.get('/count', { query: { ids } })).json();
 * });
 * console.log(count);
 * ```
 */
export function withDeadline<T>(timeoutMs: number, fn: () => T): T {
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
    throw new RangeError(`a deadline in ${String(timeoutMs)} milliseconds can't be kept: it takes a number, 0 or more`);
  }
  const deadline = new Deadline(performance.now() + timeoutMs, around());
  const over = (): void => deadline.end();
  let result: T | undefined;
  try {
    result = contextStore.run(childContext(contextStore.active(), DEADLINE_KEY, deadline), fn);
    return result;
  } finally {
    if (isThenable(result)) result.then(over, over);
    else over();
  }
}

/** By the clock of `performance.now()`. */
class Deadline {
  readonly #at: number;
  readonly #around: Deadline | undefined;
  #ended = false;

  constructor(at: number, around: Deadline | undefined) {
    this.#at = at;
    this.#around = around;
  }

  /** The earliest of those that still hold. */
  get at(): number | undefined {
    const around = this.#around?.at;
    return this.#ended ? around : Math.min(this.#at, around ?? Infinity);
  }

  end(): void {
    this.#ended = true;
  }
}

function around(): Deadline | undefined {
  return contextStore.active()?.getValue(DEADLINE_KEY) as Deadline | undefined;
}
