import { fromFetch, isFetchResponse } from './fetch-response.ts';
import type { HttpRequest } from './request.ts';
import { HttpResponse, isHttpResponse } from './response.ts';
import { NO_HEADERS } from './headers.ts';

/** The status of a value that does not bring one: Go patron's, 201 for what a POST made and 200 for the rest. */
export function statusOf(method: string | undefined): number {
  return method === 'POST' ? 201 : 200;
}

/**
 * What a handler returned, as the response it stands for: for middlewares that look at the status or change headers.
 *
 * @param request - The request that is answered; its method decides on the status of a plain value.
 * @param answer - What `next(request)` returned, awaited.
 *
 * @example
 * ```ts
 * import { get, type Middleware, routes, toResponse } from '@patron/http';
 *
 * const timed: Middleware = (next) => async (request) => {
 *   const start = performance.now();
 *   const answer = toResponse(request, await next(request));
 *   return answer.with({ headers: { 'Server-Timing': `app;dur=${(performance.now() - start).toFixed(1)}` } });
 * };
 * routes([get('/slow', () => 'done')], { middlewares: [timed] });
 * ```
 */
export function toResponse(request: Pick<HttpRequest, 'method'>, answer: unknown): HttpResponse {
  if (answer === undefined) return new HttpResponse(204, undefined, NO_HEADERS);
  const response = typeof answer === 'object' && answer !== null ? responseOf(answer) : undefined;
  return response ?? new HttpResponse(statusOf(request.method), answer, NO_HEADERS);
}

/** The response that an object is or stands for; undefined for a plain value. */
export function responseOf(answer: object): HttpResponse | undefined {
  if (isHttpResponse(answer)) return answer;
  return isFetchResponse(answer) ? fromFetch(answer) : undefined;
}
