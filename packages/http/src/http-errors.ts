import type { ResponseHeaders } from './headers.ts';
import { HttpError } from './http-error.ts';

/** 400: the request makes no sense. Invalid bodies and queries are answered by the route's schemas. */
export function badRequest(payload?: unknown, headers?: ResponseHeaders): HttpError {
  return new HttpError(400, payload, headers);
}

/** 401: who is asking? The answer has to carry `WWW-Authenticate` (RFC 9110 §15.5.2). */
export function unauthorized(payload?: unknown, headers?: ResponseHeaders): HttpError {
  return new HttpError(401, payload, headers);
}

/** 403: we know who is asking, and the answer is no. */
export function forbidden(payload?: unknown, headers?: ResponseHeaders): HttpError {
  return new HttpError(403, payload, headers);
}

/**
 * 404: what the path names does not exist.
 *
 * @example
 * ```ts
 * import { get, notFound, routes } from '@patron/http';
 *
 * routes([
 *   get('/orders/:id', ({ params }) => {
 *     throw notFound(`no order ${params.id}`); // 404 {"error":"no order 7"}
 *   }),
 * ]);
 * ```
 */
export function notFound(payload?: unknown, headers?: ResponseHeaders): HttpError {
  return new HttpError(404, payload, headers);
}

/** 409: not in the state in which things are. */
export function conflict(payload?: unknown, headers?: ResponseHeaders): HttpError {
  return new HttpError(409, payload, headers);
}

/** 429: later. `Retry-After` (seconds, RFC 9110 §10.2.3) says when. */
export function tooManyRequests(payload?: unknown, headers?: ResponseHeaders): HttpError {
  return new HttpError(429, payload, headers);
}

/** 503: not now; logged. `Retry-After` (seconds, RFC 9110 §10.2.3) says when. */
export function unavailable(payload?: unknown, headers?: ResponseHeaders): HttpError {
  return new HttpError(503, payload, headers);
}
