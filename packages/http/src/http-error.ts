import { STATUS_CODES } from 'node:http';
import { AnswerError, findCause } from './errors.ts';
import { type CheckedHeaders, checkHeaders, NO_HEADERS, type ResponseHeaders } from './headers.ts';

/** Two copies of this package can end up in one process: what counts is the brand, not the class. */
const BRAND: unique symbol = Symbol.for('patron.v1.http.error') as never;

/**
 * An answer that a handler, or anything below it, throws. What it carries reaches the client; every other error becomes a
 * fixed 500. It is found through `cause` too, so an error may be wrapped on its way up. A status from 500 on is logged.
 *
 * @example
 * ```ts
 * import { get, HttpError, routes } from '@patron/http';
 *
 * const stock = new Map([['tea', 3]]);
 * routes([
 *   get('/stock/:item', ({ params }) => {
 *     const left = stock.get(params.item);
 *     if (left === undefined) throw new HttpError(404, { error: 'no such item', item: params.item });
 *     return { left };
 *   }),
 * ]);
 * ```
 */
export class HttpError extends Error {
  readonly code = 'PATRON_HTTP_ERROR';
  override readonly name = 'HttpError';
  readonly [BRAND] = true;
  /** 400 to 599. */
  readonly status: number;
  /** The body as it is sent, as JSON. */
  readonly payload: unknown;
  readonly headers: CheckedHeaders;

  /**
   * @param status - 400 to 599.
   * @param payload - The body. A string is sent as `{ "error": string }`. @default `{ "error": "<reason phrase>" }`
   * @param headers - Sent with it; `options.cause` is kept for the log.
   * @throws AnswerError for a status out of range or a header that can't be sent.
   */
  constructor(status: number, payload?: unknown, headers?: ResponseHeaders, options?: ErrorOptions) {
    if (!(Number.isInteger(status) && status >= 400 && status <= 599)) {
      throw new AnswerError(`${String(status)} is no status of an error: it has to be 400 to 599`);
    }
    const reason = STATUS_CODES[status] ?? 'Error';
    super(typeof payload === 'string' ? `${status} ${reason}: ${payload}` : `${status} ${reason}`, options);
    this.status = status;
    if (payload === undefined) this.payload = { error: reason };
    else this.payload = typeof payload === 'string' ? { error: payload } : payload;
    this.headers = headers === undefined ? NO_HEADERS : checkHeaders(headers);
  }
}

/**
 * Whether a value is an {@link HttpError}, of this or of another copy of the package, where `instanceof` says no.
 *
 * @example
 * ```ts
 * import { isHttpError, type Middleware } from '@patron/http';
 *
 * const counts = new Map<number, number>();
 * const counting: Middleware = (next) => async (request) => {
 *   try {
 *     return await next(request);
 *   } catch (error) {
 *     const status = isHttpError(error) ? error.status : 500;
 *     counts.set(status, (counts.get(status) ?? 0) + 1);
 *     throw error;
 *   }
 * };
 * ```
 */
export function isHttpError(value: unknown): value is HttpError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** The {@link HttpError} that was thrown, or that led to what was thrown. */
export function httpErrorOf(error: unknown): HttpError | undefined {
  const found = findCause(error, isHttpError);
  return isHttpError(found) ? found : undefined;
}
