import * as data from '@patron/core/data';
import { invalidBody } from '../problem.ts';

/** The text of a body. @throws HttpError 400 where it is not UTF-8. */
export function decodeText(bytes: Buffer): string {
  return read(data.decodeText, bytes);
}

/** The value of a JSON body. @throws HttpError 400 for an empty body, invalid UTF-8 or JSON, or one that could do harm. */
export function decodeJson(bytes: Buffer): unknown {
  return read(data.decodeJson, bytes);
}

function read<T>(decode: (bytes: Buffer) => T, bytes: Buffer): T {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof data.DataError)) throw error;
    throw Object.assign(invalidBody(error.message), { cause: error.cause });
  }
}
