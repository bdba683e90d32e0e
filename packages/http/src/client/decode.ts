import { DataError, decodeJson, decodeText } from '@patron/core/data';
import { isUtf8Text, parseMediaType } from '../body/media-type.ts';

/** Why a body can't be read, to follow "the body of the answer". */
export interface Undecodable {
  readonly problem: string;
  readonly cause?: unknown;
}

interface Headers {
  header(name: string): string | undefined;
}

/** The text of an answer's body, without the mark that some put before it. */
export function decodeAnswerText(bytes: Buffer, headers: Headers): string | Undecodable {
  const problem = unreadable(headers);
  if (problem !== undefined) return { problem };
  try {
    return decodeText(withoutMark(bytes));
  } catch (error) {
    return { problem: dataProblem(error) };
  }
}

/** The value of an answer's JSON, whatever its type is called. A service that is called is input as any other. */
export function decodeAnswerJson(bytes: Buffer, headers: Headers): { readonly value: unknown } | Undecodable {
  if (bytes.length === 0) return { problem: 'is empty, where JSON is expected' };
  const unread = unreadable(headers);
  if (unread !== undefined) return { problem: unread };
  try {
    return { value: decodeJson(withoutMark(bytes)) };
  } catch (error) {
    const problem = dataProblem(error);
    const { cause } = error as { cause?: unknown };
    return cause === undefined
      ? { problem }
      : { problem: `${problem} (its type: ${clip(headers.header('content-type') ?? 'not said')})`, cause };
  }
}

/** Why the headers say that the body is no text of ours. */
function unreadable(headers: Headers): string | undefined {
  const encoding = headers.header('content-encoding');
  // Nothing is unpacked here, so no small body becomes a large one; and none was asked for.
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return `is compressed (${clip(encoding)})`;
  const type = headers.header('content-type');
  const media = type === undefined ? undefined : parseMediaType(type);
  return media === undefined || isUtf8Text(media) ? undefined : `is in ${clip(media.charset ?? '')}, not in UTF-8`;
}

function dataProblem(error: unknown): string {
  if (error instanceof DataError) return error.message;
  throw error;
}

function withoutMark(bytes: Buffer): Buffer {
  return hasMark(bytes) ? bytes.subarray(3) : bytes;
}

function hasMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function clip(text: string): string {
  return text.slice(0, 80);
}
