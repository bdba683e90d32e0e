import { RoutesError } from './errors.ts';
import type { HttpRequest } from './request.ts';

/**
 * Answers a request by what it returns, or by the error it throws:
 *
 * | returned | answer |
 * |---|---|
 * | `undefined` | 204 |
 * | object, array, number, boolean, `null` | JSON |
 * | string | `text/plain; charset=utf-8` |
 * | `Uint8Array` | `application/octet-stream` |
 * | Node `Readable`, web `ReadableStream`, async iterable | streamed, with back-pressure |
 * | `respond(status, body, headers)` | as it says |
 * | a fetch `Response` | as it says |
 *
 * A value answers 201 to a POST and 200 to everything else, unless `respond` says so. A promise is waited for.
 */
export type HttpHandler = (request: HttpRequest) => unknown;

/**
 * Wraps a handler: it may answer by itself, change what the handler gets, or what it answered. Composed once, when the
 * routes are made.
 *
 * @example
 * ```ts
 * import { get, type Middleware, routes, toResponse } from '@patron/http';
 *
 * const noStore: Middleware = (next) => async (request) => {
 *   const answer = toResponse(request, await next(request));
 *   return answer.with({ headers: { 'Cache-Control': 'no-store' } });
 * };
 * routes([get('/me', () => ({ name: 'Ada' }))], { middlewares: [noStore] });
 * ```
 */
export type Middleware = (next: HttpHandler) => HttpHandler;

/**
 * The handler inside its middlewares, the first one outermost.
 * @throws RoutesError where a middleware does not return a handler.
 */
export function compose(middlewares: readonly Middleware[], handler: HttpHandler): HttpHandler {
  return middlewares.reduceRight((next, middleware) => {
    const wrapped: unknown = middleware(next);
    if (typeof wrapped === 'function') return wrapped as HttpHandler;
    const name = middleware.name === '' ? 'a middleware' : `middleware ${middleware.name}`;
    throw new RoutesError([`${name} returned ${typeof wrapped}, not a handler`]);
  }, handler);
}
