import { remainingMs } from '@patron/trace';
import type { Call } from './call.ts';
import { HttpClientError } from './errors.ts';
import { failedCall } from './failure.ts';
import { releaseBody } from './request-body.ts';
import { hasHeader } from './request-headers.ts';

/**
 * A call with no more time than the work around it has left, which tells the server so.
 *
 * @param header - In lower case; one that the caller has set by itself stays.
 * @throws HttpClientError PATRON_HTTP_CLIENT_TIMEOUT where nothing is left; nothing was sent.
 */
export function withinDeadline(call: Call, header: string | false): Call {
  const leftMs = remainingMs();
  if (leftMs === undefined) return call;
  if (leftMs < 1) {
    releaseBody(call.body);
    throw new HttpClientError('PATRON_HTTP_CLIENT_TIMEOUT', failedCall(call), 'was not sent: the deadline of the work around it is over');
  }
  const isShortened = leftMs < call.timeoutMs;
  const timeoutMs = isShortened ? Math.ceil(leftMs) : call.timeoutMs;
  const isTold = header !== false && !hasHeader(call.headers, header);
  const headers = isTold ? [...call.headers, header, String(timeoutMs)] : call.headers;
  return { ...call, timeoutMs, headers, ...(isShortened && { isShortened }) };
}
