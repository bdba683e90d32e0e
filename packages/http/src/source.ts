/** A body that comes in pieces, whatever it was made of. */
export interface Source {
  /** The next piece. Rejects where the source fails. */
  next(): Promise<IteratorResult<unknown, unknown>>;
  /** Nobody wants the rest: frees what the source holds. */
  cancel(): unknown;
}

interface Shapes {
  readonly getReader?: () => { read(): Promise<{ done: boolean; value?: unknown }>; cancel(): Promise<void> };
  readonly destroy?: () => void;
  readonly [Symbol.asyncIterator]?: () => AsyncIterator<unknown>;
}

/** Whether a body is bytes already, or pieces of them. Unlike {@link sourceOf} it begins nothing. */
export function isEncoded(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { getReader, [Symbol.asyncIterator]: iterate } = body as Shapes;
  return body instanceof Uint8Array || typeof getReader === 'function' || typeof iterate === 'function';
}

/** The source that an object is: a Node `Readable`, a web `ReadableStream`, an async iterable; undefined for any other. */
export function sourceOf(value: object): Source | undefined {
  const { getReader, destroy, [Symbol.asyncIterator]: iterate } = value as Shapes;
  if (typeof getReader === 'function') {
    const reader = getReader.call(value);
    return { next: () => reader.read() as Promise<IteratorResult<unknown>>, cancel: () => reader.cancel() };
  }
  if (typeof iterate !== 'function') return undefined;
  // Made now, not when the first piece is wanted: from here on it listens for an `error` that nobody else does.
  const iterator = iterate.call(value);
  // A generator in the middle of an await can't be stopped from outside; a Readable can.
  const cancel = typeof destroy === 'function' ? () => destroy.call(value) : () => iterator.return?.();
  return { next: () => iterator.next(), cancel };
}

/** What an object literal or `JSON.parse` makes: the answer of almost every handler, known without a further look: no source, no bytes. */
export function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !(Symbol.asyncIterator in value);
}
