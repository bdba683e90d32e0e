import { validateHeaderName, validateHeaderValue } from 'node:http';
import { AnswerError } from './errors.ts';

/** Headers of an answer. A header that occurs several times (`Set-Cookie`) takes an array. */
export type ResponseHeaders = Readonly<Record<string, string | number | readonly string[]>>;

/** {@link ResponseHeaders} as checked and kept: names in lower case. */
export type CheckedHeaders = Readonly<Record<string, string | readonly string[]>>;

/** No headers. */
export const NO_HEADERS: CheckedHeaders = Object.freeze(Object.create(null) as Record<string, never>);

/**
 * Checks headers where they are written down, so that the stack leads there: once Node refuses a header in `writeHead`,
 * the handler is long gone. @throws AnswerError for a name or a value that HTTP does not allow (RFC 9110 §5.1, §5.5).
 */
export function checkHeaders(headers: ResponseHeaders): CheckedHeaders {
  const checked = Object.create(null) as Record<string, string | readonly string[]>;
  for (const [name, value] of Object.entries(headers)) {
    const lower = checkHeader(name, value);
    checked[lower] = Array.isArray(value) ? [...value] : String(value);
  }
  return checked;
}

/** Checks one header and answers its name in lower case. @throws AnswerError */
export function checkHeader(name: string, value: string | number | readonly string[]): string {
  try {
    validateHeaderName(name);
    for (const item of Array.isArray(value) ? value : [value]) validateHeaderValue(name, item as string);
  } catch (error) {
    throw new AnswerError(`header ${JSON.stringify(name)} can't be sent: ${(error as Error).message}`, { cause: error });
  }
  const lower = name.toLowerCase();
  // Where a message ends is Node's to say: a second opinion is how requests get smuggled (RFC 9112 §6.1).
  if (lower === 'transfer-encoding' || lower === 'trailer')
    throw new AnswerError(`header "${lower}" can't be set: it belongs to the connection`);
  return lower;
}
