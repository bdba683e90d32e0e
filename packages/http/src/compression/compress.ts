import { promisify } from 'node:util';
import zlib, { constants, type Gzip } from 'node:zlib';
import { AnswerError } from '../errors.ts';
import { type Source, sourceOf } from '../source.ts';
import { type ContentCoding, zstd } from './codings.ts';

// What a server that compresses as it answers uses: the highest settings cost a hundred times as much for a tenth less.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const whole: Readonly<Record<ContentCoding, (bytes: Uint8Array) => Promise<Buffer>>> = {
  zstd: (bytes) => promisify(zstd.zstdCompress as NonNullable<typeof zstd.zstdCompress>)(bytes),
  br: (bytes) => promisify(zlib.brotliCompress)(bytes, BROTLI),
  gzip: (bytes) => promisify(zlib.gzip)(bytes),
  deflate: (bytes) => promisify(zlib.deflate)(bytes),
};

const streams: Readonly<Record<ContentCoding, () => unknown>> = {
  zstd: () => zstd.createZstdCompress?.(),
  br: () => zlib.createBrotliCompress(BROTLI),
  gzip: () => zlib.createGzip(),
  deflate: () => zlib.createDeflate(),
};

/** Compresses what is there already, in a thread of its own. */
export function compressed(bytes: Uint8Array, coding: ContentCoding): Promise<Buffer> {
  return whole[coding](bytes);
}

/** A body in pieces, compressed piece by piece: each leaves when it has come, and the next is asked for when it is taken. */
export function compressedPieces(body: object, coding: ContentCoding): AsyncIterable<Uint8Array | string> {
  const source = sourceOf(body);
  if (source === undefined) throw new AnswerError('the body is not in pieces');
  return { [Symbol.asyncIterator]: () => new Compressing(source, streams[coding]() as Gzip) };
}

class Compressing implements AsyncIterator<Uint8Array | string> {
  readonly #source: Source;
  readonly #stream: Gzip;
  readonly #made: Buffer[] = [];
  #failed: Error | undefined;
  #ended = false;

  constructor(source: Source, stream: Gzip) {
    this.#source = source;
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => this.#made.push(bytes));
    stream.on('error', (error) => (this.#failed = error));
  }

  async next(): Promise<IteratorResult<Uint8Array | string>> {
    try {
      while (!this.#ended) {
        const { done, value } = await this.#source.next();
        if (done === true) {
          this.#ended = true;
          // Not the callback of end(): that tells that all is written, not that all has come out.
          await this.#settled((then) => this.#stream.once('end', then).end());
        } else {
          if (typeof value !== 'string' && !(value instanceof Uint8Array))
            throw new AnswerError(`a piece of a streamed answer is a string or bytes: got ${typeof value}`);
          if (value.length === 0) return { done: false, value: '' }; // the head is to leave
          this.#stream.write(value);
          await this.#settled((then) => this.#stream.flush(then));
        }
        if (this.#made.length > 0) return { done: false, value: Buffer.concat(this.#made.splice(0)) };
      }
      return { done: true, value: undefined };
    } catch (error) {
      this.#stream.destroy();
      throw error;
    }
  }

  /** Nobody wants the rest. The compressor holds memory that is not JavaScript's: it has to be told. */
  async return(): Promise<IteratorResult<Uint8Array | string>> {
    this.#ended = true;
    this.#stream.destroy();
    await this.#source.cancel();
    return { done: true, value: undefined };
  }

  async #settled(begin: (then: () => void) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        this.#stream.off('close', settle);
        if (this.#failed === undefined) resolve();
        else reject(this.#failed);
      };
      this.#stream.once('close', settle); // destroyed in the meantime, or failed: no callback comes
      begin(settle);
    });
  }
}
