import { activeOperation, withDeadline } from '@patron/trace';
import { show } from '@patron/core/data';
import { type TimeGiver, TimeLimitError } from '../errors.ts';
import { HttpError, httpErrorOf } from '../http-error.ts';
import type { HttpHandler, Middleware } from '../middleware.ts';
import { HttpRequest } from '../request.ts';
import { isHttpResponse } from '../response.ts';
import { sourceOf } from '../source.ts';
import { isPromise } from '../thenable.ts';
import { atLeast, LONGEST_MS, TIMER_GRAIN_MS } from './timers.ts';

/** The time that a route gives its handler; see {@link withinTime}. */
export function timeLimit(timeoutMs: number): Middleware {
  return (next) => (request) => withinTime(next, request, timeoutMs, 'its route');
}

/**
 * Answers 503 for a handler that takes too long, and aborts `request.signal`, so that what was begun for it stops; calls that it makes
 * with clients of patron have no more time than it has. What it comes to afterwards is sent to nobody. What comes after the
 * last moment is late even where no timer has run yet, and an error of that moment is of the time: a call below may notice first.
 */
export function withinTime(next: HttpHandler, request: HttpRequest, timeoutMs: number, givenBy: TimeGiver): unknown {
  const endsAt = performance.now() + timeoutMs;
  // Two limits are one, the shorter: the other would be told of afterwards, and a timer for nothing until then.
  if (!HttpRequest.endsBy(request, endsAt)) return next(request);
  const answer = withDeadline(timeoutMs, () => next(request));
  if (!isPromise(answer)) return answer;
  return new Promise((resolve, reject) => {
    let isLate = false;
    const tookTooLong = (options?: ErrorOptions): void => {
      isLate = true;
      const cause = new TimeLimitError(timeoutMs, givenBy, options);
      reject(new HttpError(503, undefined, undefined, { cause }));
      HttpRequest.expire(request, cause);
    };
    const leftMs = (): number => endsAt - performance.now();
    const timer = setTimeout(tookTooLong, atLeast(leftMs()));
    answer.then(
      (value) => {
        clearTimeout(timer);
        if (!isLate && leftMs() > 0) return resolve(value);
        discard(value);
        if (!isLate) tookTooLong();
      },
      (error: unknown) => {
        clearTimeout(timer);
        if (isLate) {
          if (!isAbort(error)) tell('a handler failed after its time limit', error);
        } else if (leftMs() < TIMER_GRAIN_MS && httpErrorOf(error) === undefined) tookTooLong({ cause: error });
        else reject(error as Error);
      },
    );
  });
}

/** What is wrong with a time limit. */
export function checkTimeLimit(value: unknown): string[] {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= LONGEST_MS)) return [];
  return [`timeoutMs is ${show(value)}; it has to be a whole number of milliseconds, 1 or more`];
}

/** A stream that nobody will read holds a file, a query, a connection. */
function discard(answer: unknown): void {
  const body: unknown = typeof answer === 'object' && answer !== null && isHttpResponse(answer) ? answer.body : answer;
  if (typeof body !== 'object' || body === null) return;
  const warn = (error: unknown): void => tell('the source of an answer did not close', error);
  try {
    Promise.resolve(sourceOf(body)?.cancel()).catch(warn);
  } catch (error) {
    warn(error);
  }
}

function tell(message: string, error: unknown): void {
  activeOperation()?.logger.warn(message, { error });
}

/** What a handler throws because its signal told it to stop is what was asked of it. */
function isAbort(error: unknown): boolean {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as { name?: unknown; code?: unknown };
  return name === 'AbortError' || code === 'PATRON_HTTP_TIME_LIMIT';
}
