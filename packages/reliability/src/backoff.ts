/** How long to wait, in milliseconds, after so many failures in a row: 1 after the first. */
export type Backoff = (failures: number) => number;

export interface ExponentialBackoffOptions {
  /** The longest wait after the first failure. @default 100 */
  initialMs?: number;
  /** What the longest wait is multiplied by with each further failure. @default 2 */
  factor?: number;
  /** No wait is longer. @default 30000 */
  maxMs?: number;
  /** `full`: anything from 0 to the longest wait, so that many who failed together don't come back together. @default 'full' */
  jitter?: 'full' | 'none';
  /** Where chance comes from, 0 to below 1; for tests. @default Math.random */
  random?: () => number;
}

/**
 * Waits that grow with each failure. With full jitter, as "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015)
 * found best: the least work and the shortest time until all are done.
 *
 * @throws RangeError names the option that can't be used.
 *
 * @example
 * ```ts
 * import { exponentialBackoff } from '@patron/reliability';
 *
 * const backoff = exponentialBackoff({ initialMs: 200, maxMs: 5000, jitter: 'none' });
 * console.log([1, 2, 3, 9].map(backoff)); // [ 200, 400, 800, 5000 ]
 * ```
 */
export function exponentialBackoff(options: ExponentialBackoffOptions = {}): Backoff {
  const { initialMs = 100, factor = 2, maxMs = 30_000, jitter = 'full', random = Math.random } = options;
  check('initialMs', initialMs, initialMs >= 0);
  check('factor', factor, factor >= 1);
  check('maxMs', maxMs, maxMs >= 0);
  return (failures) => {
    const longest = Math.min(maxMs, initialMs * factor ** (failures - 1));
    return jitter === 'none' ? longest : longest * random();
  };
}

/** The same wait each time. @throws RangeError for what is no number of milliseconds. */
export function constantBackoff(ms: number): Backoff {
  check('ms', ms, ms >= 0);
  return () => ms;
}

function check(name: string, value: number, ok: boolean): void {
  if (!Number.isFinite(value) || !ok)
    throw new RangeError(`the ${name} of a backoff is ${value}: it takes a finite number, not below ${name === 'factor' ? 1 : 0}`);
}
