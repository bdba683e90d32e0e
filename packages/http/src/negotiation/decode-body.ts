import { type Codec, DataError } from '@patron/core/data';
import { requireIdentity } from '../body/accept.ts';
import { HttpError, httpErrorOf } from '../http-error.ts';
import { invalidBody } from '../problem.ts';
import type { HttpRequest } from '../request.ts';
import type { Negotiator } from './negotiator.ts';

/**
 * A body by the codec that reads its content type.
 * @throws HttpError 413; 415 with `Accept` where there is no such codec (RFC 9110 §15.5.16); 400 where the codec can't read it.
 */
export async function decodeBody(request: Pick<HttpRequest, 'header' | 'bytes'>, negotiator: Negotiator): Promise<unknown> {
  requireIdentity((name) => request.header(name));
  const type = request.header('content-type');
  const codec = type === undefined ? undefined : negotiator.reader(type);
  if (codec === undefined) throw refusal(request, type, negotiator);
  return decode(codec, await request.bytes());
}

/** What is not there has no type that could be wrong. */
function refusal(request: Pick<HttpRequest, 'header'>, type: string | undefined, { types }: Negotiator): HttpError {
  const announced = request.header('content-length') ?? request.header('transfer-encoding') ?? '0';
  if (type === undefined && announced === '0') return invalidBody('is empty');
  return new HttpError(415, `the body has to be ${types.join(' or ')}`, { Accept: types.join(', ') });
}

async function decode(codec: Codec<unknown>, bytes: Buffer): Promise<unknown> {
  try {
    return await codec.decode(bytes);
  } catch (error) {
    // A codec that has to ask somebody may say that it could not: that is not the client's fault.
    if (httpErrorOf(error) !== undefined) throw error;
    // Words of our own only: those of a codec may quote what they were given, or tell of what is inside.
    const message = error instanceof DataError ? error.message : `is not valid ${codec.contentTypes[0] ?? ''}`;
    throw Object.assign(invalidBody(message), { cause: error });
  }
}
