import { json, text } from '@patron/core/data';
import { AnswerError } from '../errors.ts';
import { NO_HEADERS, type CheckedHeaders } from '../headers.ts';
import { HttpError } from '../http-error.ts';
import type { HttpHandler } from '../middleware.ts';
import { HttpResponse } from '../response.ts';
import { isEncoded } from '../source.ts';
import { isPromise } from '../thenable.ts';
import { responseOf, statusOf } from '../to-response.ts';
import type { Negotiator, Offer } from './negotiator.ts';
import { withVary } from './vary.ts';

/**
 * A handler whose values are written by the codec that the client likes best. A client that takes none of them is told so
 * before the handler runs: a 406 for something that was done would be a lie.
 */
export function negotiated(handler: HttpHandler, negotiator: Negotiator | undefined): HttpHandler {
  if (negotiator === undefined) return handler;
  return (request) => {
    const offers = negotiator.accepted(request.header('accept'));
    if (offers.length === 0) throw notAcceptable(negotiator);
    const write = (answer: unknown): unknown => written(answer, statusOf(request.method), offers, negotiator);
    const answer = handler(request);
    return isPromise(answer) ? answer.then(write) : write(answer);
  };
}

/** The offer to write a value with: the first that the client takes and that has bytes for it, else the first that has. */
export function offerFor(value: unknown, offers: readonly Offer[], negotiator: Negotiator): Offer | undefined {
  const fits = ({ codec }: Offer): boolean => codec.encodes?.(value) ?? true;
  return offers.find(fits) ?? negotiator.accepted(undefined).find(fits);
}

function written(answer: unknown, usual: number, offers: readonly Offer[], negotiator: Negotiator): unknown {
  if (answer === undefined) return answer;
  const response = typeof answer === 'object' && answer !== null ? responseOf(answer) : undefined;
  const { status, body, headers } = response ?? { status: usual, body: answer, headers: NO_HEADERS };
  // A 304 says what a 200 would have said to caches (RFC 9110 §15.4.5).
  if (status === 304 && negotiator.varies) return new HttpResponse(status, body, withVary(headers, 'Accept'));
  // Who names the type, or sends bytes or a stream, has decided already.
  if (body === undefined || headers['content-type'] !== undefined || isEncoded(body)) return response ?? answer;
  const offer = offerFor(body, offers, negotiator);
  if (offer === undefined) throw new AnswerError(`no codec of the route has bytes for the answer: it is a ${typeof body}`);
  return encoded(status, body, headersOf(offer, headers, negotiator), offer);
}

function headersOf(offer: Offer, own: CheckedHeaders, { varies }: Negotiator): CheckedHeaders {
  if (own === NO_HEADERS) return offer.headers;
  return { ...(varies ? withVary(own, 'Accept') : own), 'content-type': offer.contentType };
}

function encoded(status: number, value: unknown, headers: CheckedHeaders, { codec }: Offer): unknown {
  // What is written as text anyway stays a value: middlewares can look at it, and it leaves in one write with its head.
  if ((codec as object) === text || ((codec as object) === json && typeof value !== 'string'))
    return new HttpResponse(status, value, headers);
  const bytes = codec.encode(value);
  const respond = (content: Uint8Array): HttpResponse => new HttpResponse(status, content, headers);
  return isPromise(bytes) ? bytes.then(respond) : respond(bytes as Uint8Array);
}

function notAcceptable({ types, varies }: Negotiator): HttpError {
  return new HttpError(406, { error: 'Not Acceptable', available: types }, varies ? { Vary: 'Accept' } : {});
}
