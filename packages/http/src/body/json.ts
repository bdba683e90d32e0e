import { isUtf8 } from 'node:buffer';
import { invalidBody } from '../problem.ts';
import { deeperThan } from './depth.ts';
import { hasPrototypeKey } from './prototype-key.ts';

/** How deep the arrays and objects of a body may be nested: whoever gets them may recurse. */
export const MAX_JSON_DEPTH = 100;

/** The text of a body. @throws HttpError 400 where it is not UTF-8. */
export function decodeText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw invalidBody('is not valid UTF-8');
  return bytes.toString('utf8');
}

/**
 * The value of a JSON body. What is wrong with it is said in words of ours: those of `JSON.parse` quote the body.
 * @throws HttpError 400 for an empty body, invalid UTF-8 or JSON, more than 100 levels, or a key that reaches prototypes.
 */
export function decodeJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw invalidBody('is empty');
  const text = decodeText(bytes);
  if (deeperThan(bytes, text, MAX_JSON_DEPTH)) throw invalidBody(`is nested deeper than ${MAX_JSON_DEPTH} levels`);
  const value = parse(text);
  if (hasPrototypeKey(text, value)) throw invalidBody('has a key that is not allowed: __proto__, or constructor with a prototype');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw Object.assign(invalidBody('is not valid JSON'), { cause: error });
  }
}
