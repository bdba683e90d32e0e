/**
 * Routes that can't be served. All problems are named in one error, so that one look mends them all.
 *
 * @example
 * ```ts
 * import { get, routes, RoutesError } from '@patron/http';
 *
 * try {
 *   routes([get('/orders/:id', () => 'one'), get('/orders/:number', () => 'two')]);
 * } catch (error) {
 *   if (error instanceof RoutesError) console.log(error.code, error.problems);
 * }
 * ```
 */
export class RoutesError extends Error {
  readonly code = 'PATRON_ROUTES_INVALID';
  override readonly name = 'RoutesError';
  /** One sentence each, with the route's index, method and path. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
    super(`these routes can't be served: ${count}\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** An answer that can't be sent: a header with a line break, a body where none may be, a value that JSON has no form for. */
export class AnswerError extends Error {
  readonly code = 'PATRON_HTTP_ANSWER_INVALID';
  override readonly name = 'AnswerError';
}

/** The body was read already, by someone who took it from `request.raw`. */
export class BodyReadError extends Error {
  readonly code = 'PATRON_HTTP_BODY_READ';
  override readonly name = 'BodyReadError';

  constructor() {
    super('the body was read already, from request.raw or by whoever had the request before the routes');
  }
}

/** Why `request.signal` aborts: the client went before it had its whole answer. Its name is that of any abort. */
export class ClientGoneError extends Error {
  readonly code = 'PATRON_HTTP_CLIENT_GONE';
  override readonly name = 'AbortError';

  constructor() {
    super('the client closed the connection before it had its answer');
  }
}

/** Whether an error only says that the client went; also where it is the cause of another. */
export function isClientGone(error: unknown): boolean {
  return findCause(error, (candidate) => (candidate as { code?: unknown }).code === 'PATRON_HTTP_CLIENT_GONE') !== undefined;
}

// Chains longer than this are made by loops.
const MAX_CAUSES = 8;

/** The first error of the chain of causes that a test accepts. Bounded, as a cause may lead back to its error. */
export function findCause(error: unknown, accepts: (candidate: object) => boolean): object | undefined {
  let candidate = error;
  for (let i = 0; i < MAX_CAUSES && typeof candidate === 'object' && candidate !== null; i++) {
    if (accepts(candidate)) return candidate;
    candidate = (candidate as { cause?: unknown }).cause;
  }
  return undefined;
}
