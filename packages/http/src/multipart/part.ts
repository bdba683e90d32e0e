import type { Readable } from 'node:stream';

/** A field of a form that is no file. Its name and value are input. */
export interface FieldPart {
  readonly kind: 'field';
  readonly name: string;
  readonly value: string;
}

/** A file of a form, as it comes in. */
export interface FilePart {
  readonly kind: 'file';
  /** Of the form's field. */
  readonly name: string;
  /**
   * What the client calls it, without folders; undefined where it does not say. It is input: make up a name of your own to store it
   * under. @see RFC 7578 §4.2
   */
  readonly filename: string | undefined;
  /** What the client says that it is, in lower case: input, too. */
  readonly contentType: string;
  /**
   * Its bytes, no faster than they are read. What is not read is dropped when the next part is asked for. Ends with an HttpError 413
   * or 400, or a ClientGoneError, where it does not come whole.
   */
  readonly stream: Readable;
}

/** A part of a form. */
export type Part = FieldPart | FilePart;
