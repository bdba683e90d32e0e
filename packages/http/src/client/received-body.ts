/** How much of a body is received before anybody asks for it. */
export const EAGER_BYTES = 64 * 1024;

/** What a body needs of the connection that it comes from. */
export interface BodySource {
  /** Goes on receiving. */
  resume(): void;
  /** Nobody wants the rest: it is not received. */
  stop(reason: Error): void;
}

/**
 * The body of an answer, as it comes. The first 64 KiB are received whether or not somebody asks, so a small body that
 * nobody reads holds no connection; beyond that it comes no faster than it is read.
 */
export class ReceivedBody {
  readonly #source: BodySource;
  readonly #chunks: Buffer[] = [];
  #state: 'unread' | 'read' | 'dropped' = 'unread';
  #buffered = 0;
  #paused = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** What became of it: nobody has asked for it, somebody reads it, somebody does not want it. */
  get state(): 'unread' | 'read' | 'dropped' {
    return this.#state;
  }

  /** Takes what has come. @returns whether more may come now */
  push(chunk: Buffer): boolean {
    this.#buffered += chunk.length;
    const isFull = this.#buffered > EAGER_BYTES;
    if (this.#failure === undefined) this.#chunks.push(chunk);
    else if (isFull) this.#source.stop(this.#failure.error as Error);
    this.#paused = isFull;
    this.#wakeReader();
    return !isFull;
  }

  /** It is whole. */
  end(): void {
    this.#ended = true;
    this.#wakeReader();
  }

  /** It will not become whole. What has come of it is dropped: half a body is none. */
  fail(error: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = { error };
    this.#chunks.length = 0;
    this.#wakeReader();
  }

  /**
   * Nobody wants it; who reads it all the same gets `error`. A short rest is received and dropped, as that is cheaper than
   * another connection; a long one is not.
   */
  drop(error: Error): void {
    this.#state = 'dropped';
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#chunks.length = 0;
    this.#wakeReader();
    if (this.#paused && !this.#ended) this.#source.stop(error);
  }

  /** The next piece, as soon as there is one; undefined at the end. @throws what it failed with */
  async next(): Promise<Buffer | undefined> {
    if (this.#state === 'unread') this.#state = 'read';
    while (this.#chunks.length === 0 && !this.#ended && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.#buffered -= chunk.length;
    this.#goOn();
    return chunk;
  }

  /** All of it. @returns undefined where it is longer than `maxBytes`; the rest is not received then */
  async collect(maxBytes: number): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let length = 0;
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) {
      length += chunk.length;
      if (length > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
  }

  #goOn(): void {
    if (!this.#paused || this.#buffered > EAGER_BYTES) return;
    this.#paused = false;
    // Later, as we may be inside of the parser, that of another connection too, and undici's is not reentrant.
    queueMicrotask(() => this.#source.resume());
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
