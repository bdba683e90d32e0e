/**
 * POSIX guarantees that this many bytes go into a pipe whole or not at all (PIPE_BUF). Lines are handed over in pieces no
 * larger, ending at the end of a line, so that others who write to the same pipe never land within a line of ours.
 */
const ATOMIC_BYTES = process.platform === 'linux' ? 4096 : 512;

const NEWLINE = 10;

/** Lines that the output did not take yet, in order. */
export class PendingLines {
  #lines: string[] = [];
  #first = 0;
  #piece: Buffer | undefined;
  #bytes = 0;

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#piece === undefined && this.#first === this.#lines.length;
  }

  /** Appends a line of `bytes` bytes. */
  add(line: string, bytes: number): void {
    this.#lines.push(line);
    this.#bytes += bytes;
  }

  /** Puts the rest of a line first that the output took in part. Only while nothing waits. */
  addRest(rest: Buffer): void {
    this.#piece = rest;
    this.#bytes += rest.length;
  }

  /** What to write next. */
  next(): Buffer {
    this.#piece ??= this.#cut();
    return this.#piece;
  }

  /** Forgets the first `count` bytes of the piece: they have arrived. */
  taken(count: number): void {
    const piece = this.next();
    this.#bytes -= count;
    this.#piece = count < piece.length ? piece.subarray(count) : undefined;
  }

  /** Forgets what is left of the first line: the output won't ever take it. */
  dropLine(): void {
    const end = this.next().indexOf(NEWLINE);
    this.taken(end === -1 ? this.next().length : end + 1);
  }

  /** Forgets everything and says how many lines that were. */
  clear(): number {
    const lines = this.#lines.length - this.#first + (this.#piece === undefined ? 0 : 1);
    this.#lines = [];
    this.#first = 0;
    this.#piece = undefined;
    this.#bytes = 0;
    return lines;
  }

  #cut(): Buffer {
    let text = '';
    let bytes = 0;
    while (this.#first < this.#lines.length) {
      const line = this.#lines[this.#first] as string;
      const size = Buffer.byteLength(line);
      if (bytes > 0 && bytes + size > ATOMIC_BYTES) break;
      text += line;
      bytes += size;
      this.#first++;
      if (bytes >= ATOMIC_BYTES) break;
    }
    if (this.#first === this.#lines.length) {
      this.#lines = [];
      this.#first = 0;
    } else if (this.#first >= 1024 && this.#first * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#first); // lets go of what was written; seldom enough to stay linear
      this.#first = 0;
    }
    return Buffer.from(text);
  }
}
