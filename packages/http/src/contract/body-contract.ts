import type { IncomingMessage } from 'node:http';
import { type Codec, json } from '@patron/core/data';
import { type CheckedHeaders, NO_HEADERS } from '../headers.ts';
import { Negotiator } from '../negotiation/negotiator.ts';
import { withVary } from '../negotiation/vary.ts';
import { isPromise } from '../thenable.ts';
import { PROBLEM_TYPE, problemDetails } from './problem-details.ts';

/** How errors are written: patron's own JSON, or problem details (RFC 9457). */
export type ErrorFormat = 'json' | 'problem';

/** What is said of bodies, for a route or for all of them. */
export interface BodyContract {
  readonly errors: ErrorFormat;
  readonly negotiator: Negotiator | undefined;
}

/** An error as it is sent. */
export interface RenderedError {
  readonly contentType: string;
  readonly content: string | Uint8Array;
  readonly headers: CheckedHeaders;
}

/** Undefined where nothing is said: then nothing is looked at. */
export function bodyContract(codecs: readonly Codec<unknown>[] | undefined, errors: ErrorFormat): BodyContract | undefined {
  const negotiator = codecs === undefined || codecs.length === 0 ? undefined : new Negotiator(codecs);
  return negotiator === undefined && errors === 'json' ? undefined : { negotiator, errors };
}

/**
 * An error in the form of the contract: problem details, else what the client likes best of the codecs that say they take
 * anything, else JSON. An error always gets out: no `Accept` turns it into a 406.
 * @throws TypeError where the payload has no JSON form; and what a codec throws.
 */
export function renderError(
  { errors, negotiator }: BodyContract,
  { headers: { accept } }: Pick<IncomingMessage, 'headers'>,
  { status, payload, headers = NO_HEADERS }: { status: number; payload: unknown; headers?: CheckedHeaders },
): RenderedError | PromiseLike<RenderedError> {
  if (errors === 'problem') {
    return { contentType: PROBLEM_TYPE, content: JSON.stringify(problemDetails(status, payload)), headers };
  }
  const varied = negotiator?.varies === true ? withVary(headers, 'Accept') : headers;
  const offer = negotiator?.accepted(accept).find(({ codec }) => codec.encodes?.(payload) === true);
  if (offer === undefined) return { contentType: 'application/json; charset=utf-8', content: encode(payload), headers: varied };
  const content = offer.codec.encode(payload);
  const rendered = (bytes: Uint8Array): RenderedError => ({ contentType: offer.contentType, content: bytes, headers: varied });
  return isPromise(content) ? content.then(rendered) : rendered(content);
}

function encode(payload: unknown): Uint8Array {
  return json.encode(payload) as Uint8Array;
}
