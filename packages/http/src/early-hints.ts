import type { Exchange } from './exchange.ts';
import { AnswerError } from './errors.ts';
import { checkHeaders, type ResponseHeaders } from './headers.ts';

/** Sends a 103 (RFC 8297 §2) to a client that can have one: HTTP/1.0 has no answers before the answer (RFC 9110 §15.2). */
export function sendEarlyHints({ response, raw }: Exchange, headers: ResponseHeaders): void {
  const checked = checkHeaders(headers);
  const { link } = checked;
  if (link === undefined) throw new AnswerError('early hints without "link": there is nothing in them for a client to do');
  if ('content-length' in checked) throw new AnswerError('early hints have no body, and so no content-length');
  if (response.headersSent) throw new AnswerError('early hints have to be sent before the answer begins');
  if (response.destroyed || raw.httpVersionMinor === 0) return;
  try {
    response.writeEarlyHints(checked as Record<string, string | string[]>);
  } catch (error) {
    throw new AnswerError(`early hints can't be sent: ${(error as Error).message}`, { cause: error });
  }
}
