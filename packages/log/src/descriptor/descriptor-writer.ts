import { writeSync } from 'node:fs';
import { shared } from '../shared.ts';
import { atExit, isEnding, LAST_WORDS_MS } from './exit.ts';
import { openForWriting } from './open-descriptor.ts';
import { PendingLines } from './pending-lines.ts';

/** Lines wait in memory for a slow reader up to this many bytes. */
export const MAX_PENDING_BYTES = 32 * 1024 * 1024;

/** When that much waits, how long a line waits for room before it is dropped, in milliseconds; once until all has been read. */
const FULL_WAIT_MS = 1000;

/** While lines wait, new lines try the output again this often; a timer does when there are none. In milliseconds. */
const RETRY_MS = { first: 1, longest: 50 };

/** How long a closed output is left alone; a named pipe can get a new reader. In milliseconds. */
const CLOSED_MS = 1000;

const CLOSED = new Set(['EPIPE', 'EBADF', 'ECONNRESET', 'ENOTCONN', 'ESHUTDOWN']);

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** The writer of a descriptor; all sinks and all copies of this package share it, so that lines keep their order. */
export function writerFor(fd: number): DescriptorWriter {
  const writers = shared('log.writers', () => new Map<number, DescriptorWriter>());
  let writer = writers.get(fd);
  if (writer === undefined) writers.set(fd, (writer = new DescriptorWriter(fd)));
  return writer;
}

/**
 * Writes lines to a descriptor with `write(2)`, one call per line, and returns when the system has them. What the output
 * doesn't take now waits in memory and is retried, in order, by a timer, by later lines, and when the process ends.
 */
export class DescriptorWriter {
  readonly #given: number;
  readonly #pending = new PendingLines();
  #fd: number | undefined;
  #dropped = 0;
  #reported = 0;
  /** A line was cut off in the middle: the next one must not go on in it. */
  #torn = false;
  #closedUntil = 0;
  #triedAt = 0;
  #delay: number = RETRY_MS.first;
  #timer: NodeJS.Timeout | undefined;
  /** How long this process may still be blocked, until the output has moved while it was not blocked. */
  #patienceMs = LAST_WORDS_MS;
  /** How long lines may still wait for room, until all has been read. */
  #fullWaitMs = FULL_WAIT_MS;
  /** Called with the number of dropped lines when the output takes lines again. */
  onRecovery: ((dropped: number) => void) | undefined;

  constructor(fd: number) {
    this.#given = fd;
  }

  /** How many lines the output could not take. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Writes `line`, which ends with a newline. */
  write(line: string): void {
    if (this.#pending.empty) this.#writeNow(line);
    else this.#enqueue(line, Buffer.byteLength(line));
    if (isEnding()) this.flushSync(LAST_WORDS_MS);
  }

  /** Blocks until everything has been taken, but no longer than `deadlineMs` and never longer than 5 s in a row. */
  flushSync(deadlineMs: number): void {
    this.#wait(deadlineMs, () => this.#pending.empty);
  }

  #writeNow(line: string): void {
    if (this.#fd === undefined) this.#open();
    if (this.#closedUntil > 0 && performance.now() < this.#closedUntil) {
      this.#dropped++;
      return;
    }
    const text = this.#torn ? `\n${line}` : line;
    const size = Buffer.byteLength(text);
    let count: number;
    try {
      count = writeSync(this.#fd as number, text);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EAGAIN') this.#enqueue(text, size);
      else this.#lose(code, 1);
      return;
    }
    this.#torn = false;
    if (count < size) {
      this.#pending.addRest(Buffer.from(text).subarray(count));
      this.#drain();
      this.#schedule();
    } else this.#arrived();
  }

  #open(): void {
    this.#fd = openForWriting(this.#given);
    atExit(this, (deadlineMs) => this.flushSync(deadlineMs));
  }

  #enqueue(line: string, size: number): void {
    const room = (): boolean => this.#pending.bytes + size <= MAX_PENDING_BYTES;
    if (!room()) this.#fullWaitMs -= this.#wait(this.#fullWaitMs, room);
    if (!room()) {
      this.#dropped++;
      return;
    }
    this.#pending.add(line, size);
    // A loop that writes many lines never lets the timer run; the reader may have caught up in between.
    if (performance.now() - this.#triedAt >= RETRY_MS.first) this.#drain();
    this.#schedule();
  }

  /** Writes until the output takes no more. Says whether it took anything. */
  #drain(): boolean {
    this.#triedAt = performance.now();
    let moved = false;
    let refused = false;
    while (!this.#pending.empty) {
      try {
        const count = writeSync(this.#fd as number, this.#pending.next());
        if (count === 0) break;
        this.#pending.taken(count);
        moved = true;
        refused = false;
      } catch (error) {
        const code = codeOf(error);
        if (code === 'EAGAIN') break;
        this.#lose(code, 0);
        refused = true;
      }
    }
    if (moved && !refused && this.#pending.empty) this.#arrived();
    return moved;
  }

  #arrived(): void {
    this.#closedUntil = 0;
    this.#patienceMs = LAST_WORDS_MS;
    this.#fullWaitMs = FULL_WAIT_MS;
    if (this.#dropped === this.#reported) return;
    const missed = this.#dropped - this.#reported;
    this.#reported = this.#dropped;
    this.onRecovery?.(missed);
  }

  /** The output refuses: for good when nobody reads, else (a full disk) this line only. */
  #lose(code: string, lines: number): void {
    if (CLOSED.has(code)) {
      this.#dropped += lines + this.#pending.clear();
      this.#closedUntil = performance.now() + CLOSED_MS;
      return;
    }
    this.#dropped++;
    if (this.#pending.empty) return;
    this.#pending.dropLine();
    this.#torn = true;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#pending.empty) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const moved = this.#drain();
      // The event loop has turned and the output moves: whoever has to wait next may wait as long as at first.
      if (moved) this.#patienceMs = LAST_WORDS_MS;
      this.#delay = moved ? RETRY_MS.first : Math.min(this.#delay * 2, RETRY_MS.longest);
      this.#schedule();
    }, this.#delay);
    // A process with nothing else to do ends, and writes the rest while it ends: with a deadline, unlike a timer.
    this.#timer.unref();
  }

  /** Drains until `done`, blocking the process meanwhile. Returns how long that took, in milliseconds. */
  #wait(ms: number, done: () => boolean): number {
    const start = performance.now();
    const patience = this.#patienceMs;
    const end = start + Math.min(ms, patience);
    let pause = 1;
    while (!done()) {
      pause = this.#drain() ? 1 : Math.min(pause * 2, 20);
      const left = end - performance.now();
      if (left <= 0) break;
      if (!done()) Atomics.wait(sleepCell, 0, 0, Math.min(pause, left));
    }
    const took = performance.now() - start;
    if (!this.#pending.empty) this.#patienceMs = Math.max(0, patience - took);
    return took;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
