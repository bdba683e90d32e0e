import { errorType } from '@patron/trace';
import type { Call } from './call.ts';
import { type FailedCall, HttpClientError } from './errors.ts';
import { printable } from './origin.ts';

/** What a call waits for. */
export type Stage = 'connection' | 'answer' | 'body';

const LACKING = {
  connection: 'no connection',
  answer: 'no answer',
  body: 'the body of the answer broke off',
} as const satisfies Record<Stage, string>;

// Of the connection, or of a dispatcher that the caller brings.
const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** What undici, the system or the source of a body threw, as the error of a call. */
export function failureOf(call: Call, cause: unknown, stage: Stage, status: number | undefined): HttpClientError {
  const code = TIMEOUTS.has(codeOf(cause)) ? 'PATRON_HTTP_CLIENT_TIMEOUT' : 'PATRON_HTTP_CLIENT_FAILED';
  const what = isOfBody(call, cause) ? 'the body of the request failed' : LACKING[stage];
  return new HttpClientError(code, failedCall(call, status), `${what}: ${describe(cause)}`, { cause });
}

/** The call took longer than it may. */
export function timeoutOf(call: Call, stage: Stage, status: number | undefined): HttpClientError {
  const what = stage === 'body' ? 'the body of the answer was not complete' : LACKING[stage];
  const whose = call.isShortened === true ? ', which is what the deadline of the work around it had left' : '';
  return new HttpClientError('PATRON_HTTP_CLIENT_TIMEOUT', failedCall(call, status), `${what} within ${call.timeoutMs} ms${whose}`);
}

/** A word for metrics: the system's code (ECONNREFUSED), as that tells more than ours; never a message. */
export function typeOf(cause: unknown): string {
  const code = codeOf(cause);
  if (TIMEOUTS.has(code)) return 'PATRON_HTTP_CLIENT_TIMEOUT';
  return typeof cause === 'object' && cause !== null ? errorType(cause) : 'PATRON_HTTP_CLIENT_FAILED';
}

/** A word for a signal's reason. One that is no error may be anything, an id too. */
export function abortType(reason: unknown): string {
  return typeof reason === 'object' && reason !== null ? errorType(reason) : 'AbortError';
}

function isOfBody({ body }: Call, cause: unknown): boolean {
  return typeof body === 'object' && body !== null && (body as { errored?: unknown }).errored === cause;
}

/** A call, for its error. */
export function failedCall({ method, target }: Call, status?: number): FailedCall {
  const url = printable(target.origin + target.path);
  return status === undefined ? { method, url } : { method, url, status };
}

function codeOf(cause: unknown): string {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** Node's error for a name with several addresses has a code, and no message. */
function describe(cause: unknown): string {
  const { message } = (cause ?? {}) as { message?: unknown };
  const code = codeOf(cause);
  const text = typeof message === 'string' ? message : String(cause);
  if (text === '') return code === '' ? 'for no stated reason' : code;
  return code === '' || text.includes(code) ? text : `${text} (${code})`;
}
