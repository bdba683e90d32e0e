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
