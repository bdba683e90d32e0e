import { AnswerError } from './errors.ts';
import { type CheckedHeaders, checkHeaders, NO_HEADERS, type ResponseHeaders } from './headers.ts';

const BRAND: unique symbol = Symbol.for('patron.v1.http.response') as never;

/** An answer with a status and headers of its own. Made by {@link respond}; it does not change. */
export class HttpResponse {
  readonly [BRAND] = true;
  /** 200 to 599. */
  readonly status: number;
  /** Anything that a handler may return, except another response. Undefined: no body. */
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: CheckedHeaders;

  /** @internal */
  constructor(status: number, body: unknown, headers: CheckedHeaders) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }

  /** The same answer with another status, or with headers added; they win over those of the same name. @throws AnswerError */
  with({ status = this.status, headers }: { status?: number; headers?: ResponseHeaders }): HttpResponse {
    checkAnswer(status, this.body);
    return new HttpResponse(status, this.body, headers === undefined ? this.headers : { ...this.headers, ...checkHeaders(headers) });
  }
}

/** Whether a value is an {@link HttpResponse}, of this or of another copy of the package. */
export function isHttpResponse(value: object): value is HttpResponse {
  return (value as { [BRAND]?: unknown })[BRAND] === true;
}

/**
 * An answer with a status and headers.
 *
 * @param status - 200 to 599.
 * @param body - Anything that a handler may return by itself; undefined for none.
 * @param headers - `Content-Type` wins over the one that goes with the body. `Content-Length` is patron's where the body's
 * length is known; `Transfer-Encoding` always is.
 * @throws AnswerError for a status out of range, a body where none may be (204, 205, 304), or a header that can't be sent.
 *
 * @example
 * ```ts
 * import { get, post, respond, routes } from '@patron/http';
 *
 * routes([
 *   post('/orders', () => respond(201, { id: 7 }, { Location: '/orders/7' })),
 *   get('/old', () => respond(308, undefined, { Location: '/new' })),
 *   get('/page', () => respond(200, '<h1>Hello</h1>', { 'Content-Type': 'text/html; charset=utf-8' })),
 * ]);
 * ```
 */
export function respond(status: number, body?: unknown, headers?: ResponseHeaders): HttpResponse {
  checkAnswer(status, body);
  return new HttpResponse(status, body, headers === undefined ? NO_HEADERS : checkHeaders(headers));
}

/** Whether an answer of this status has no body, whatever was asked for (RFC 9110 §6.4.1, §15.3.6). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function checkAnswer(status: number, body: unknown): void {
  if (!(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw new AnswerError(`${String(status)} is no status of an answer: it has to be 200 to 599`);
  }
  if (isBodiless(status) && body !== undefined) throw new AnswerError(`an answer with status ${status} has no body`);
  if (typeof body === 'object' && body !== null && isHttpResponse(body)) throw new AnswerError('the body of an answer is another answer');
}
