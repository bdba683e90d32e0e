import { log } from '@patron/log';
import type { HttpRequest } from '../request.ts';
import { type HttpResponse, respond } from '../response.ts';
import { frame, HEARTBEAT, type ServerSentEvent } from './frame.ts';

/** What the source of a stream of events is told. */
export interface EventStreamContext {
  /** The id of the last event that the client has seen, where it comes again: go on behind that one. */
  readonly lastEventId: string | undefined;
  /** Aborts when nobody listens any more: the client has gone, or the service stops. */
  readonly signal: AbortSignal;
}

/** Makes the events of one client. Asked for the next one only when the client has taken those before. */
export type EventSource = (context: EventStreamContext) => AsyncIterable<ServerSentEvent>;

/** Options of an {@link eventStream}. */
export interface EventStreamOptions {
  /** How long there may be silence before a comment is sent, in milliseconds. Keep it below the write timeout. @default 15000 */
  readonly heartbeatMs?: number;
  /** How long the client is to wait before it comes again, in milliseconds. @default its own, some seconds */
  readonly retryMs?: number;
}

const HEADERS = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };

/**
 * An answer of server-sent events (HTML Standard §9.2), for as long as the client listens. When the service stops it ends, as
 * events do: the client comes again, to another instance, with the id of the last event that it has seen.
 *
 * @throws RangeError for times that can't be.
 *
 * @example
 * ```ts
 * import { eventStream, get, routes } from '@patron/http';
 * import { setTimeout as sleep } from 'node:timers/promises';
 *
 * routes([
 *   get('/clock', (request) =>
 *     eventStream(request, async function* ({ lastEventId, signal }) {
 *       for (let tick = Number(lastEventId ?? 0) + 1; !signal.aborted; tick++) {
 *         yield { id: String(tick), event: 'tick', data: { at: Date.now() } };
 *         await sleep(1000, undefined, { signal });
 *       }
 *     }),
 *   ),
 * ]);
 * ```
 */
export function eventStream(
  request: Pick<HttpRequest, 'header' | 'signal' | 'stopping'>,
  source: EventSource,
  { heartbeatMs = 15_000, retryMs }: EventStreamOptions = {},
): HttpResponse {
  checkTime('heartbeatMs', heartbeatMs, 1);
  if (retryMs !== undefined) checkTime('retryMs', retryMs, 0);
  const begin = retryMs === undefined ? HEARTBEAT : `retry: ${retryMs}\n\n`;
  const lastEventId = request.header('last-event-id');
  return respond(200, frames(request, source, lastEventId, heartbeatMs, begin), HEADERS);
}

async function* frames(
  { signal: gone, stopping }: Pick<HttpRequest, 'signal' | 'stopping'>,
  source: EventSource,
  lastEventId: string | undefined,
  heartbeatMs: number,
  begin: string,
): AsyncGenerator<string> {
  const over = new AbortController();
  const end = (): void => over.abort(gone.aborted ? gone.reason : stopping.reason);
  // Not AbortSignal.any(): some versions of Node keep what it makes as long as the oldest of its signals, which is the service’s.
  for (const signal of [gone, stopping]) signal.addEventListener('abort', end, { once: true });
  if (gone.aborted || stopping.aborted) end();
  const events = source({ lastEventId, signal: over.signal })[Symbol.asyncIterator]();
  try {
    yield begin; // the client knows that it is connected before there is an event
    const next = new Next(events, over.signal);
    for (;;) {
      const result = await next.within(heartbeatMs);
      if (result === 'over' || (result !== 'silence' && result.done === true)) return;
      yield result === 'silence' ? HEARTBEAT : frame(result.value);
    }
  } finally {
    for (const signal of [gone, stopping]) signal.removeEventListener('abort', end);
    over.abort(new DOMException('the stream is over', 'AbortError'));
    // A source that does not heed its signal can't be waited for. What it throws for the signal's sake is no failure.
    Promise.resolve(events.return?.()).catch((error: unknown) => {
      if (!isAbort(error)) log.warn('the source of events did not close', { error });
    });
  }
}

/** The next event, waited for again and again: one wait at a time, and nothing of those before is kept. */
class Next {
  readonly #events: AsyncIterator<ServerSentEvent>;
  readonly #over: AbortSignal;
  #asked = false;
  #settled: { result: IteratorResult<ServerSentEvent> } | { error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(events: AsyncIterator<ServerSentEvent>, over: AbortSignal) {
    this.#events = events;
    this.#over = over;
    over.addEventListener('abort', () => this.#wake(), { once: true });
  }

  async within(ms: number): Promise<IteratorResult<ServerSentEvent> | 'silence' | 'over'> {
    if (!this.#asked) this.#ask();
    if (this.#settled === undefined && !this.#over.aborted) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
    }
    if (this.#over.aborted) return 'over';
    if (this.#settled === undefined) return 'silence';
    const settled = this.#settled;
    this.#settled = undefined;
    this.#asked = false;
    if ('error' in settled) throw settled.error;
    return settled.result;
  }

  #ask(): void {
    this.#asked = true;
    const settle = (settled: { result: IteratorResult<ServerSentEvent> } | { error: unknown }): void => {
      this.#settled = settled;
      this.#wake();
      if ('error' in settled && this.#over.aborted && !isAbort(settled.error))
        log.warn('the source of events failed after its stream was over', { error: settled.error });
    };
    this.#events.next().then(
      (result) => settle({ result }),
      (error: unknown) => settle({ error }),
    );
  }
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { name?: unknown }).name === 'AbortError';
}

function checkTime(name: string, ms: number, least: number): void {
  if (!Number.isSafeInteger(ms) || ms < least || ms >= 2 ** 31)
    throw new RangeError(`eventStream: ${name} is ${String(ms)}; it has to be a whole number of milliseconds, ${least} or more`);
}
