import { Readable } from 'node:stream';

/** What can be sent as it is. */
export type RequestBody = string | Uint8Array | Readable | AsyncIterable<string | Uint8Array>;

/** A body that is ready to be sent, and the type that goes with it unless the caller names another. */
export interface PreparedBody {
  readonly content: string | Uint8Array | Readable | null;
  readonly type: string | undefined;
}

const NONE: PreparedBody = { content: null, type: undefined };

/** Makes a body of `json` or `body`. What is wrong with it goes to `problems`. */
export function prepareBody({ json, body }: { json?: unknown; body?: unknown }, problems: string[]): PreparedBody {
  if (json !== undefined) {
    if (body !== undefined) problems.push('json and body are both there: it takes one');
    return { content: toJson(json, problems), type: 'application/json' };
  }
  if (body === undefined || body === null) return NONE;
  if (typeof body === 'string') return { content: body, type: 'text/plain; charset=utf-8' };
  if (body instanceof Uint8Array) return { content: body, type: 'application/octet-stream' };
  if (isReadable(body)) {
    if (body.destroyed || body.readableEnded) problems.push('the body is a stream that has been read or destroyed already');
    return { content: body, type: 'application/octet-stream' };
  }
  if (typeof (body as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function') {
    return { content: Readable.from(body as AsyncIterable<string | Uint8Array>, { objectMode: false }), type: 'application/octet-stream' };
  }
  problems.push(
    `the body is ${Array.isArray(body) ? 'an array' : typeof body}: it takes text, bytes, a Readable or an async iterable; or use json`,
  );
  return NONE;
}

/** Lets go of a body that will not be sent: an open file behind it would stay open. */
export function releaseBody(body: unknown): void {
  if (!isReadable(body) || body.destroyed) return;
  body.on('error', () => undefined); // the caller hears why the call failed, not that its stream was ended for it
  body.destroy();
}

/** By what it can do: the classes of another realm are others. */
export function isReadable(body: unknown): body is Readable {
  if (typeof body !== 'object' || body === null) return false;
  const { pipe, destroy } = body as Partial<Readable>;
  return typeof pipe === 'function' && typeof destroy === 'function';
}

function toJson(value: unknown, problems: string[]): string {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
    problems.push(`json is a ${typeof value}, which JSON has no form for`);
  } catch (error) {
    problems.push(`json can't be written as JSON: ${(error as Error).message}`);
  }
  return '';
}
