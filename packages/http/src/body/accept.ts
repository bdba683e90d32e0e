import { HttpError } from '../http-error.ts';
import { isJson, isUtf8Text, type MediaType, parseMediaType } from './media-type.ts';

/** Looks a header up, in lower case. */
type Header = (name: string) => string | undefined;

/**
 * A JSON body is one that says so. One without a Content-Type is refused: a page of another origin can send that without
 * asking first, and the sender may mean anything by it (RFC 9110 §8.3 allows to refuse). @throws HttpError 415
 */
export function requireJson(header: Header): void {
  requireIdentity(header);
  const type = mediaType(header);
  if (type === undefined || !isJson(type) || !isUtf8Text(type)) {
    throw new HttpError(415, 'the body has to be application/json in UTF-8', { Accept: 'application/json' });
  }
}

/** Text of any type is read, as long as it is in UTF-8. @throws HttpError 415 */
export function requireText(header: Header): void {
  requireIdentity(header);
  const type = mediaType(header);
  if (header('content-type') !== undefined && (type === undefined || !isUtf8Text(type))) {
    throw new HttpError(415, 'the body has to be in UTF-8');
  }
}

function mediaType(header: Header): MediaType | undefined {
  const value = header('content-type');
  return value === undefined ? undefined : parseMediaType(value);
}

/** Nothing is unpacked here, so no small body becomes a large one. */
export function requireIdentity(header: Header): void {
  const encoding = header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HttpError(415, 'the body must not be compressed', { 'Accept-Encoding': 'identity' });
  }
}
