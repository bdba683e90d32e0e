import { problemList } from '../problem-list.ts';

/**
 * Options that no guard can be made of: those of `rateLimit()`, `cors()`, `securityHeaders()`, `loadShedding()`,
 * `accessLog()`, `compression()`, `apiKey()`, `bearer()` and `basic()`. All problems are named in one error.
 *
 * @example
 * ```ts
 * import { GuardOptionsError, rateLimit } from '@patron/http';
 *
 * try {
 *   rateLimit({ limit: 0, windowMs: 60_000 });
 * } catch (error) {
 *   if (error instanceof GuardOptionsError) console.log(error.code, error.problems);
 * }
 * ```
 */
export class GuardOptionsError extends Error {
  readonly code = 'PATRON_HTTP_GUARD_INVALID';
  override readonly name = 'GuardOptionsError';
  /** One sentence each, with the option, its value and what is allowed. */
  readonly problems: readonly string[];

  constructor(guard: string, problems: readonly string[]) {
    super(problemList(`${guard} has options that can't be used`, problems));
    this.problems = problems;
  }
}
