import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { optionalLibrary } from '../optional-library.ts';
import { MultipartError } from './errors.ts';

// Its own types add an event to every stream of whoever imports them, so what is used of it is described here.

/** A file as the parser has it. */
export interface ParsedFile extends Readable {
  on(event: 'limit', listener: () => void): this;
  on(event: string, listener: (...args: never[]) => void): this;
}

/** Parses what is written to it. */
export interface Parser {
  on(event: 'field', listener: (name: string | undefined, value: string, isNameCut: boolean, isValueCut: boolean) => void): this;
  on(
    event: 'file',
    listener: (name: string | undefined, stream: ParsedFile, filename: string | undefined, encoding: string, contentType: string) => void,
  ): this;
  on(event: 'filesLimit' | 'fieldsLimit' | 'error' | 'finish', listener: () => void): this;
  /** @param taken - Called when it takes more: not while a file waits for its reader. */
  write(chunk: Buffer, taken: () => void): boolean;
  end(): void;
}

/** Throws where the type of the body names no boundary. */
export type ParserConstructor = new (options: {
  readonly headers: IncomingHttpHeaders;
  readonly limits: Readonly<Record<'files' | 'fileSize' | 'fields' | 'fieldSize' | 'headerPairs' | 'headerSize', number>>;
}) => Parser;

/** @throws MultipartError `PATRON_HTTP_MULTIPART_MISSING` where it is not installed. */
export function loadBusboy(): ParserConstructor {
  return optionalLibrary(
    '@fastify/busboy@3',
    (require) => require('@fastify/busboy') as ParserConstructor,
    (problem, options) => new MultipartError('PATRON_HTTP_MULTIPART_MISSING', [problem], options),
  );
}
