import { onceClosed } from '@patron/core/http';
import { log } from '@patron/log';
import { checkFunction, checkKnown, checkWhole, refuse, type Unchecked } from '../guard/check.ts';
import { refusal } from '../guard/refusal.ts';
import type { Middleware } from '../middleware.ts';
import { HttpRequest } from '../request.ts';
import { countShed, type ShedReason } from './instruments.ts';
import { Lateness } from './lateness.ts';
import { type LoopDelay, loopDelay } from './loop-delay.ts';

/** Options of {@link loadShedding}; at least one of the two limits. */
export interface LoadSheddingOptions {
  /** The longest delay of the event loop, in milliseconds: what a request has to wait before anybody looks at it. @default no limit */
  readonly maxEventLoopDelayMs?: number;
  /** The most requests that are being answered at once, until the last byte of their answers. @default no limit */
  readonly maxInFlight?: number;
  /** What a client that is turned away finds in `Retry-After`, in seconds. @default 1 */
  readonly retryAfterSeconds?: number;
  /** Requests that are never turned away; asked only when one would be. They count as in flight. @default none */
  readonly exempt?: (request: HttpRequest) => boolean;
}

const KNOWN = ['maxEventLoopDelayMs', 'maxInFlight', 'retryAfterSeconds', 'exempt'];
/** So many windows without a request turned away, and the log says that it is over. */
const QUIET_WINDOWS = 4;

/**
 * Answers 503 with `Retry-After` where the process has more to do than it can, before anything is read or begun: those that
 * are let in are served in time, and a balancer sends the others elsewhere. Belongs into the middlewares of `routes()`; the
 * management endpoints of a service are not among them and are never shed.
 *
 * The event loop is looked at in windows of half a second. Once its delay exceeds the limit, requests are turned away until
 * a window stays below 70 % of it. The log has a line when it begins and one when it is over.
 *
 * @throws GuardOptionsError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { get, loadShedding, routes } from '@patron/http';
 *
 * routes([get('/orders', () => [])], { middlewares: [loadShedding({ maxEventLoopDelayMs: 200, maxInFlight: 500 })] });
 * ```
 */
export function loadShedding(options: LoadSheddingOptions): Middleware {
  refuse('loadShedding()', problemsOf(options));
  const shedder = new Shedder(options);
  return (next) => (request) => {
    const reason = shedder.reason();
    if (reason !== undefined && options.exempt?.(request) !== true) {
      shedder.shed(reason);
      return refusal(request, 503, shedder.retryAfterSeconds);
    }
    if (shedder.counts) shedder.enter(request);
    return next(request);
  };
}

/** Whether load is shed now, and why. */
class Shedder {
  readonly retryAfterSeconds: number;
  /** Whether requests in flight have to be counted. */
  readonly counts: boolean;
  readonly #maxDelayMs: number;
  readonly #maxInFlight: number;
  readonly #lateness: Lateness;
  #loop: LoopDelay | undefined;
  #inFlight = 0;
  #shed = 0;
  #quietWindows = 0;
  readonly #leave = (): void => {
    this.#inFlight--;
  };

  constructor({ maxEventLoopDelayMs = Infinity, maxInFlight = Infinity, retryAfterSeconds = 1 }: LoadSheddingOptions) {
    this.retryAfterSeconds = retryAfterSeconds;
    this.counts = maxInFlight !== Infinity;
    this.#maxDelayMs = maxEventLoopDelayMs;
    this.#lateness = new Lateness(maxEventLoopDelayMs);
    this.#maxInFlight = maxInFlight;
  }

  reason(): ShedReason | undefined {
    this.#loop ??= this.#watch();
    if (this.#lateness.isLate || (this.#maxDelayMs !== Infinity && this.#loop.overdueMs > this.#maxDelayMs)) return 'event_loop_delay';
    return this.#inFlight >= this.#maxInFlight ? 'in_flight' : undefined;
  }

  enter(request: HttpRequest): void {
    const { response, raw } = HttpRequest.exchangeOf(request);
    if (response.destroyed || raw.socket.destroyed) return; // nobody would tell of its end
    this.#inFlight++;
    onceClosed(response, this.#leave);
  }

  shed(reason: ShedReason): void {
    countShed(reason);
    this.#quietWindows = 0;
    this.#shed++;
    if (this.#shed === 1) log.warn('load is being shed', { reason, inFlight: this.#inFlight });
  }

  #watch(): LoopDelay {
    const loop = loopDelay();
    loop.onWindow((delayMs) => {
      this.#lateness.see(delayMs);
      if (this.#shed === 0 || ++this.#quietWindows <= QUIET_WINDOWS) return;
      log.info('load is no longer shed', { requests: this.#shed });
      this.#shed = 0;
    });
    return loop;
  }
}

function problemsOf(options: unknown): string[] {
  const problems = checkKnown(options, KNOWN);
  if (typeof options !== 'object' || options === null) return problems;
  const given = options as Unchecked;
  if (given['maxEventLoopDelayMs'] === undefined && given['maxInFlight'] === undefined)
    problems.push('there is no limit: it takes maxEventLoopDelayMs, maxInFlight or both');
  problems.push(
    ...checkWhole(given, 'maxEventLoopDelayMs', 10, 60_000),
    ...checkWhole(given, 'maxInFlight', 1, 1_000_000),
    ...checkWhole(given, 'retryAfterSeconds', 0, 86_400),
    ...checkFunction(given, 'exempt'),
  );
  return problems;
}
