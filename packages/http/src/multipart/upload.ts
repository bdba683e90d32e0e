import { PassThrough } from 'node:stream';
import { stopReading } from '../body/stop-reading.ts';
import { ClientGoneError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { HttpError } from '../http-error.ts';
import { invalidBody } from '../problem.ts';
import type { Parser, ParserConstructor } from './library.ts';
import type { MultipartOptions } from './options.ts';
import type { Part } from './part.ts';

/** All that stands before a part. The parser cuts off what is more, in the middle of a name as well. */
const MAX_HEADER_BYTES = 16 * 1024;
/** So that no name that was cut looks like a whole one. */
const MAX_NAME_LENGTH = 1024;

/**
 * One body on its way from the connection through the parser to whoever asks for parts. What comes is taken while the parser takes it,
 * and that waits for the reader of a file: so neither a slow reader nor many parts fill the memory.
 */
export class Upload {
  readonly #exchange: Exchange;
  readonly #parser: Parser;
  readonly #parts: Part[] = [];
  /** The last file that has come. */
  #file: PassThrough | undefined;
  #length = 0;
  #end: { error?: unknown } | undefined;
  #wake: () => void = () => undefined;

  /** @throws HttpError 400 where the type names no boundary */
  constructor(exchange: Exchange, busboy: ParserConstructor, limits: Required<MultipartOptions>) {
    this.#exchange = exchange;
    try {
      this.#parser = new busboy({ headers: exchange.raw.headers, limits: limitsOf(limits) });
    } catch {
      throw invalidBody('is multipart/form-data without a boundary');
    }
    this.#listen();
    if (exchange.raw.destroyed) this.#fail(new ClientGoneError());
    else exchange.raw.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
  }

  /** The next part, undefined behind the last. What was not read of the file before is dropped. */
  async next(): Promise<Part | undefined> {
    this.#file?.resume();
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) return part;
      if (this.#end !== undefined) {
        if ('error' in this.#end) throw this.#end.error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Nobody wants the rest: what still comes is for whoever answers to drop. */
  leave(): void {
    this.#unlisten();
    this.#end ??= {};
    this.#file?.destroy();
    this.#parts.length = 0;
  }

  #listen(): void {
    const parser = this.#parser;
    parser.on('field', (name, value, _, isTruncated) => {
      if (isTruncated) this.#refuse('a field is too long');
      else if (this.#isNamed(name)) this.#add({ kind: 'field', name, value });
    });
    parser.on('file', (name, source, filename, _, contentType) => {
      // The parser's own stream tells its reader of an end that comes too early in words of its own.
      const stream = source.pipe(new PassThrough());
      source.on('error', () => this.#fail(malformed())).on('limit', () => this.#refuse('a file is too long'));
      stream.on('error', () => undefined); // told to whoever reads it; where nobody does, it must not end the process
      this.#file = stream;
      if (this.#isNamed(name, filename)) this.#add({ kind: 'file', name, filename, contentType, stream });
    });
    parser.on('filesLimit', () => this.#refuse('there are too many files'));
    parser.on('fieldsLimit', () => this.#refuse('there are too many fields'));
    parser.on('error', () => this.#fail(malformed()));
    parser.on('finish', () => {
      this.#end ??= {};
      this.#wake();
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    const { raw, endpoint } = this.#exchange;
    this.#length += chunk.length;
    if (this.#length > endpoint.maxBodyBytes) {
      this.#refuse(undefined);
      return;
    }
    raw.pause();
    this.#parser.write(chunk, () => {
      if (this.#end === undefined) raw.resume();
    });
  };

  readonly #onEnd = (): void => {
    this.#unlisten();
    this.#parser.end();
  };

  readonly #onClose = (): void => this.#fail(new ClientGoneError());

  #unlisten(): void {
    this.#exchange.raw.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
  }

  #isNamed(name: string | undefined, filename = ''): name is string {
    if (name === undefined) this.#fail(invalidBody('has a part without a name'));
    else if (name.length > MAX_NAME_LENGTH || filename.length > MAX_NAME_LENGTH) this.#refuse('a name is too long');
    else return true;
    return false;
  }

  #add(part: Part): void {
    if (this.#end !== undefined) return;
    this.#parts.push(part);
    this.#wake();
  }

  /** More than is allowed: not a byte more is read. */
  #refuse(why: string | undefined): void {
    if (this.#end !== undefined) return;
    stopReading(this.#exchange.raw);
    this.#fail(new HttpError(413, why));
  }

  #fail(error: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#unlisten();
    this.#parts.length = 0;
    this.#file?.destroy(error);
    this.#wake();
  }
}

function malformed(): HttpError {
  return invalidBody('is not valid multipart/form-data');
}

function limitsOf({
  maxFiles,
  maxFileBytes,
  maxFields,
  maxFieldBytes,
}: Required<MultipartOptions>): ConstructorParameters<ParserConstructor>[0]['limits'] {
  return {
    files: maxFiles,
    fileSize: maxFileBytes,
    fields: maxFields,
    fieldSize: maxFieldBytes,
    headerPairs: 20,
    headerSize: MAX_HEADER_BYTES,
  };
}
