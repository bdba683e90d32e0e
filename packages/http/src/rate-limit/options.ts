import { show } from '@patron/core/data';
import { checkBoolean, checkFunction, checkKnown, checkWhole, isToken, type Unchecked } from '../guard/check.ts';
import type { HttpRequest } from '../request.ts';

interface CommonOptions {
  /**
   * Whose requests are counted together. Runs with each request and may not be asynchronous. Requests for which it answers
   * undefined share one count, so that nobody escapes by leaving a header out. What it throws is a 500.
   * @default all requests are counted together
   */
  readonly key?: (request: HttpRequest) => string | undefined;
  /** How many keys are counted apart; a bound on memory, about 200 bytes each. See {@link rateLimit} for what comes after. @default 100,000 */
  readonly maxKeys?: number;
  /** What the policy is called in header fields, metric and log: a token. @default 'default' */
  readonly name?: string;
  /** Whether answers that are let through carry `RateLimit` and `RateLimit-Policy` too; a 429 always does. @default true */
  readonly advertise?: boolean;
}

/** So many requests in a window. */
export interface WindowOptions extends CommonOptions {
  /** The most requests that a key may make in one window. */
  readonly limit: number;
  /** How long a window is, in milliseconds. Each key's windows follow one another and are not begun by its requests. */
  readonly windowMs: number;
  readonly ratePerSecond?: undefined;
  readonly burst?: undefined;
}

/** A token bucket: a burst, and a rate at which it comes back. */
export interface BucketOptions extends CommonOptions {
  /** How many requests a second come back; 0.5 is one in two seconds. */
  readonly ratePerSecond: number;
  /** How many requests may come at once, after a rest. */
  readonly burst: number;
  readonly limit?: undefined;
  readonly windowMs?: undefined;
}

/** Options of {@link rateLimit}, and of `rateLimit` of a route. */
export type RateLimitOptions = WindowOptions | BucketOptions;

const KNOWN = ['limit', 'windowMs', 'ratePerSecond', 'burst', 'key', 'maxKeys', 'name', 'advertise'];
const DAY_MS = 86_400_000;
/** Of what one count may hold: with it, everything stays a whole number that a double has. */
const MOST = 1_000_000_000;

/** What is wrong with the options of a rate limit, a sentence each. */
export function checkRateLimit(options: unknown): string[] {
  const problems = checkKnown(options, KNOWN);
  if (typeof options !== 'object' || options === null) return problems;
  const given = options as Unchecked;
  const has = (...names: string[]): boolean => names.some((name) => given[name] !== undefined);
  const hasAll = (...names: string[]): boolean => names.every((name) => given[name] !== undefined);
  if (has('limit', 'windowMs') === has('ratePerSecond', 'burst'))
    problems.push('a rate limit has either limit and windowMs, or ratePerSecond and burst');
  else if (!hasAll('limit', 'windowMs') && !hasAll('ratePerSecond', 'burst'))
    problems.push(has('limit', 'windowMs') ? 'limit and windowMs go together' : 'ratePerSecond and burst go together');
  const { ratePerSecond, name } = given;
  if (ratePerSecond !== undefined && !(typeof ratePerSecond === 'number' && ratePerSecond >= 1 / 86_400 && ratePerSecond <= 1_000_000))
    problems.push(`ratePerSecond is ${show(ratePerSecond)}: it takes a number from 1/86400 (one a day) to 1000000`);
  if (name !== undefined && !(typeof name === 'string' && isToken(name))) problems.push(`name is ${show(name)}: it takes a token of HTTP`);
  problems.push(
    ...checkWhole(given, 'limit', 1, MOST),
    ...checkWhole(given, 'windowMs', 1, 31 * DAY_MS),
    ...checkWhole(given, 'burst', 1, MOST),
    ...checkWhole(given, 'maxKeys', 1, 10_000_000),
    ...checkFunction(given, 'key'),
    ...checkBoolean(given, 'advertise'),
  );
  return problems;
}
