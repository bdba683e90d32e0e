import { problemList } from '../problem-list.ts';

/** Which way a call failed. */
export type HttpClientErrorCode =
  | 'PATRON_HTTP_CLIENT_REQUEST_INVALID'
  | 'PATRON_HTTP_CLIENT_FAILED'
  | 'PATRON_HTTP_CLIENT_TIMEOUT'
  | 'PATRON_HTTP_CLIENT_CLOSED'
  | 'PATRON_HTTP_CLIENT_STATUS'
  | 'PATRON_HTTP_CLIENT_BODY_TOO_LARGE'
  | 'PATRON_HTTP_CLIENT_BODY_INVALID'
  | 'PATRON_HTTP_CLIENT_BODY_USED';

/** The call that failed. */
export interface FailedCall {
  readonly method: string;
  /** Without query and credentials: those are secrets often enough. */
  readonly url: string;
  /** Of the answer, where there was one. */
  readonly status?: number;
}

/**
 * A call that came to nothing. `code` says which way; the message names method, host and path. `cause` is what the system,
 * a parser or the source of a body said. An abort by the caller's own signal is none of these: it rejects with that
 * signal's reason.
 *
 * @example
 * ```ts
 * import { HttpClient, HttpClientError } from '@patron/http/client';
 *
 * const client = new HttpClient({ baseUrl: 'http://127.0.0.1:9', timeoutMs: 500 });
 * try {
 *   await client.get('/orders/:id', { params: { id: '7' } });
 * } catch (error) {
 *   if (error instanceof HttpClientError) console.log(error.code, error.method, error.url); // PATRON_HTTP_CLIENT_FAILED GET http://…
 * }
 * ```
 */
export class HttpClientError extends Error {
  override readonly name = 'HttpClientError';
  readonly code: HttpClientErrorCode;
  readonly method: string;
  /** Without query and credentials. */
  readonly url: string;
  /** The status of the answer, where one came. */
  readonly status: number | undefined;

  constructor(code: HttpClientErrorCode, call: FailedCall, problem: string, options?: ErrorOptions) {
    super(`${call.method} ${call.url}: ${problem}`, options);
    this.code = code;
    this.method = call.method;
    this.url = call.url;
    this.status = call.status;
  }
}

/** Options that no client can be made of. All problems are named in one error, so that one look mends them all. */
export class HttpClientOptionsError extends Error {
  readonly code = 'PATRON_HTTP_CLIENT_OPTIONS_INVALID';
  override readonly name = 'HttpClientOptionsError';
  /** One sentence each, with the option, its value and what is allowed. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problemList("this HTTP client can't be made", problems));
    this.problems = problems;
  }
}
