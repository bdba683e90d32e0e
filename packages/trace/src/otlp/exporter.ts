import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExportResult, FinishedSpan, SpanExporter } from '../spans/finished-span.ts';
import { outsideOfAll } from '../spans/suppress.ts';
import type { Serializer } from './sdk-modules.ts';
import { timeLimit } from './time-limit.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5000;

/** What came of one try. */
export interface Reply {
  /** Undefined where the receiver has taken the request; then `body` is what it says of it. */
  readonly problem?: Error;
  /** Whether the protocol lets a client try again. */
  readonly again?: boolean;
  /** How long it has to wait before. @default as patron thinks fit */
  readonly waitMs?: number | undefined;
  readonly body: Uint8Array;
}

/** Brings a request to the receiver, once. */
export interface Transport {
  /** The receiver, for messages. */
  readonly target: string;
  /** Rejects where there was no answer; gives up at once when `signal` aborts. */
  send(body: Uint8Array, signal: AbortSignal): Promise<Reply>;
  /** Closes what is open. */
  close(): Promise<void>;
}

/** How batches are encoded and how long one may take. */
export interface ExporterOptions<T> {
  readonly serializer: Serializer<T>;
  /** For a batch with all its tries. */
  readonly timeoutMs: number;
  /** Parts of a batch that are encoded each in a turn of the loop of its own. For encodings whose parts can be joined. @default the batch */
  readonly slice?: ((batch: T) => readonly T[]) | undefined;
}

/**
 * Sends batches by OTLP. The encoding and the reading of the options are the SDK's; the sending is patron's own, because a stop
 * has to end it: neither the SDK's retries over HTTP nor its calls over gRPC can be cancelled, and a process whose collector
 * does not answer is held by them until they time out.
 */
export class OtlpExporter<T = FinishedSpan[]> implements Omit<SpanExporter, 'export'> {
  readonly #transport: Transport;
  readonly #options: ExporterOptions<T>;
  readonly #stop = new AbortController();

  constructor(transport: Transport, options: ExporterOptions<T>) {
    this.#transport = transport;
    this.#options = options;
  }

  export(batch: T, done: (result: ExportResult) => void): void {
    void outsideOfAll(async () => done(await this.#export(batch).catch((error: Error) => ({ code: 1, error }))));
  }

  /** Gives up what is on its way. Who wants it to arrive waits for `export` before. */
  async shutdown(): Promise<void> {
    this.#stop.abort(new Error('the exporter was closed before the collector had answered'));
    await this.#transport.close();
  }

  async #export(batch: T): Promise<ExportResult> {
    const bytes = await this.#encode(batch);
    const limit = timeLimit(this.#options.timeoutMs, this.#stop.signal);
    try {
      const { problem, body } = await this.#sendAgain(bytes, limit.signal);
      if (problem !== undefined) throw problem;
      return this.#read(body);
    } finally {
      limit.clear();
    }
  }

  /** A span takes about 8 µs to encode: a whole batch at once would keep every request waiting for 4 ms. */
  async #encode(batch: T): Promise<Uint8Array> {
    const { serializer, slice = (whole: T) => [whole] } = this.#options;
    const pieces: Uint8Array[] = [];
    for (const part of slice(batch)) {
      if (pieces.length > 0) await nextTurn();
      const bytes = serializer.serializeRequest(part);
      if (bytes === undefined) throw new Error('the batch could not be encoded');
      pieces.push(bytes);
    }
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  }

  /** Sends until it is answered for good or the time is over; the last problem is what the caller hears of. */
  async #sendAgain(bytes: Uint8Array, signal: AbortSignal): Promise<Reply> {
    let waitMs = FIRST_WAIT_MS;
    let problem: unknown;
    for (;;) {
      let asked: number | undefined;
      try {
        const reply = await this.#transport.send(bytes, signal);
        if (reply.again !== true) return reply;
        asked = reply.waitMs;
        problem = reply.problem;
      } catch (error) {
        if (signal.aborted) throw this.#late(problem ?? signal.reason);
        problem = error;
      }
      await pause(asked ?? waitMs * (0.8 + Math.random() * 0.4), signal);
      if (signal.aborted) throw this.#late(problem);
      waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS);
    }
  }

  /** A collector may take a batch and say that it refused some of it. */
  #read(body: Uint8Array): ExportResult {
    if (body.length === 0) return { code: 0 };
    let rejected: unknown;
    try {
      const { partialSuccess } = this.#options.serializer.deserializeResponse(body);
      rejected = partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedDataPoints;
    } catch {
      return { code: 0 }; // it took the batch; that it answers with something else than OTLP is its affair
    }
    return { code: 0, rejected: Number(rejected ?? 0) };
  }

  #late(problem: unknown): Error {
    const what = this.#stop.signal.aborted ? 'was not delivered before the stop' : `was not delivered within ${this.#options.timeoutMs} ms`;
    return new Error(`a batch for ${this.#transport.target} ${what}`, { cause: problem });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, Math.min(ms, 2 ** 31 - 1)).unref();
    if (signal.aborted) over();
    else signal.addEventListener('abort', over);
  });
}
