import { problemList } from './problem-list.ts';

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
    super(problemList("these routes can't be served", problems));
    this.problems = problems;
  }
}

/** An answer that can't be sent: a header with a line break, a body where none may be, a value that JSON has no form for. */
export class AnswerError extends Error {
  readonly code = 'PATRON_HTTP_ANSWER_INVALID';
  override readonly name = 'AnswerError';
}

/** One thing in which an answer differs from its schema. */
export interface Mismatch {
  /** Where, as keys and indexes joined by dots: `items.0.price`. Empty: the whole of it. */
  readonly path: string;
  readonly message: string;
}

/**
 * An answer that is not what the route's schema says. The client gets the fixed 500, the log this error: its message lists the
 * first ten problems.
 *
 * @example
 * ```ts
 * import { AnswerContractError, get, type Middleware, routes } from '@patron/http';
 * import { z } from 'zod';
 *
 * let broken = 0;
 * const counting: Middleware = (next) => (request) => {
 *   try {
 *     return next(request);
 *   } catch (error) {
 *     if (error instanceof AnswerContractError) broken++;
 *     throw error;
 *   }
 * };
 * routes([get('/me', () => ({ name: 7 }), { answer: z.object({ name: z.string() }), middlewares: [counting] })]);
 * ```
 */
export class AnswerContractError extends Error {
  readonly code = 'PATRON_HTTP_ANSWER_CONTRACT';
  override readonly name = 'AnswerContractError';
  readonly status: number;
  readonly problems: readonly Mismatch[];

  constructor(status: number, problems: readonly Mismatch[]) {
    const shown = problems.slice(0, 10).map(({ path, message }) => `${path === '' ? 'the whole' : path}: ${message}`);
    const more = problems.length - shown.length;
    super(`the answer with status ${status} is not what its schema has: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
    this.status = status;
    this.problems = problems;
  }
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

/** Who says how long a request may take. */
export type TimeGiver = 'its route' | 'its caller';

/**
 * Why `request.signal` aborts when the time that its route or its caller gives it is over. Its name is that of a time limit of any
 * signal.
 */
export class TimeLimitError extends Error {
  readonly code = 'PATRON_HTTP_TIME_LIMIT';
  override readonly name = 'TimeoutError';

  constructor(timeoutMs: number, givenBy: TimeGiver, options?: ErrorOptions) {
    super(`the handler took longer than the ${timeoutMs} ms that ${givenBy} gives it`, options);
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
