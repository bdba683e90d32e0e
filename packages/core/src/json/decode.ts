import { isUtf8 } from 'node:buffer';
import { deeperThan } from './depth.ts';
import { hasPrototypeKey } from './prototype-key.ts';

/** How deep arrays and objects may be nested: whoever gets them may recurse. */
export const MAX_JSON_DEPTH = 100;

/** Why bytes from outside are no text or no JSON, as the end of a sentence: `is not valid UTF-8`. Never quotes them. */
export class DataError extends Error {
  readonly code = 'PATRON_DATA_INVALID';
  override readonly name = 'DataError';
}

/** The text in the bytes. @throws DataError where they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new DataError('is not valid UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/**
 * The value of a JSON text. What is wrong with it is said in words of ours: those of `JSON.parse` quote it.
 * @throws DataError for no bytes, invalid UTF-8 or JSON, more than 100 levels, or a key that reaches prototypes.
 */
export function decodeJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new DataError('is empty');
  const text = decodeText(bytes);
  if (deeperThan(bytes, text, MAX_JSON_DEPTH)) throw new DataError(`is nested deeper than ${MAX_JSON_DEPTH} levels`);
  const value = parse(text);
  if (hasPrototypeKey(text, value)) throw new DataError('has a key that is not allowed: __proto__, or constructor with a prototype');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError('is not valid JSON', { cause: error });
  }
}
