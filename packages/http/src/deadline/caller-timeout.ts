import { TimeLimitError } from '../errors.ts';
import { HttpError } from '../http-error.ts';
import type { HttpHandler, Middleware } from '../middleware.ts';
import { invalid } from '../problem.ts';
import { LONGEST_MS } from './timers.ts';
import { withinTime } from './time-limit.ts';

/**
 * Works for a caller no longer than that waits. It can only make the time shorter, so nobody has to be trusted with it. A request that
 * does not say how long costs one look at the names of its headers.
 *
 * @param header - In lower case.
 */
export function callerTimeout(header: string): Middleware {
  return (next: HttpHandler): HttpHandler =>
    (request) => {
      if (!has(request.raw.rawHeaders, header)) return next(request);
      const timeoutMs = millisecondsOf(request.header(header) as string, header);
      if (timeoutMs > LONGEST_MS) return next(request);
      if (timeoutMs === 0) throw new HttpError(503, undefined, undefined, { cause: new TimeLimitError(0, 'its caller') });
      return withinTime(next, request, timeoutMs, 'its caller');
    };
}

/** For every request, so lengths are compared before letters. */
function has(rawHeaders: readonly string[], header: string): boolean {
  const { length } = header;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === length && name.toLowerCase() === header) return true;
  }
  return false;
}

/** @throws HttpError 400: whoever means something by it should learn that it is not understood */
function millisecondsOf(value: string, header: string): number {
  if (!/^\d{1,15}$/.test(value)) throw invalid([{ in: 'headers', path: header, message: 'has to be a whole number of milliseconds' }]);
  return Number(value);
}
