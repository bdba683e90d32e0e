import { log } from '@patron/log';
import { HeaderLine } from '../answer-headers.ts';
import type { Exchange } from '../exchange.ts';
import { refuse } from '../guard/check.ts';
import { refusal } from '../guard/refusal.ts';
import type { Middleware } from '../middleware.ts';
import { HttpRequest } from '../request.ts';
import { Counts } from './counts.ts';
import { countRefused } from './instruments.ts';
import { type Count, type Meter, meterOf } from './meter.ts';
import { checkRateLimit, type RateLimitOptions } from './options.ts';

const FULL_LOG_MS = 60_000;

/**
 * Answers 429 to requests beyond a limit, with `Retry-After` and the fields `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers-11). Nothing of a request that is refused is read.
 *
 * The limit holds for this process; several instances each have their own. One middleware has one set of counts: in `routes()` it
 * limits all routes together, in a route that route.
 *
 * With `limit` and `windowMs`, a key makes at most `limit` requests in each of its windows, so twice that around the end of
 * one. With `ratePerSecond` and `burst`, never more than `burst + ratePerSecond × seconds` in any stretch of time.
 *
 * Memory is bounded by `maxKeys`. A key is forgotten only when it has its whole quota anyway. Where there are more, those
 * that come later share 1,024 counts by a secret hash of the key: they may be refused earlier than they should, and never
 * later. The log says so.
 *
 * @throws GuardOptionsError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { get, rateLimit, routes } from '@patron/http';
 *
 * routes(
 *   [
 *     get('/orders', () => []),
 *     get('/reports', () => 'slow', { rateLimit: { name: 'reports', limit: 10, windowMs: 60_000 } }),
 *   ],
 *   { middlewares: [rateLimit({ ratePerSecond: 50, burst: 100, key: (request) => request.clientAddress })] },
 * );
 * ```
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  refuse('rateLimit()', checkRateLimit(options));
  const { key, advertise = true, name = 'default', maxKeys = 100_000 } = options;
  const meter = meterOf(options);
  const policy = new HeaderLine('RateLimit-Policy', `"${name}";q=${meter.quota};w=${meter.windowSeconds}`);
  const counts = key === undefined ? undefined : new Counts(meter, maxKeys, whenFull(name, maxKeys));
  // Of all requests, where there are no keys; else of those that have none.
  const keyless: Count = { at: 0, used: 0 };
  return (next) => (request) => {
    const now = Math.floor(performance.now() * 1000);
    const own = checked(key?.(request));
    const count = own === undefined || counts === undefined ? keyless : counts.of(own, now);
    const phase = count === keyless ? 0 : (counts?.phase ?? 0);
    const isLetThrough = meter.take(count, now, phase);
    if (isLetThrough && !advertise) return next(request);
    const exchange = HttpRequest.exchangeOf(request);
    const seconds = Math.max(1, Math.ceil(meter.wait(count, now, phase) / 1e6));
    add(exchange, policy);
    add(exchange, new HeaderLine('RateLimit', stateOf(name, meter, count, now, phase, seconds)));
    if (isLetThrough) return next(request);
    countRefused(request.route, name);
    return refusal(request, 429, seconds);
  };
}

function stateOf(name: string, meter: Meter, count: Count, now: number, phase: number, seconds: number): string {
  return `"${name}";r=${meter.left(count, now, phase)};t=${seconds}`;
}

/** Several limits may hold for a request: the fields are lists, an item for each policy. */
function add(exchange: Exchange, item: HeaderLine): void {
  const before = exchange.getHeader(item.key);
  exchange.setHeader(before === undefined ? item : new HeaderLine(item.name, `${String(before)}, ${String(item.value)}`));
}

function checked(key: unknown): string | undefined {
  if (key === undefined || typeof key === 'string') return key;
  throw new TypeError(`the key function of a rate limit returned ${typeof key}: it has to return a string or undefined, at once`);
}

function whenFull(name: string, maxKeys: number): () => void {
  let quietUntil = 0;
  return () => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + FULL_LOG_MS;
    log.warn('a rate limit has no room for more keys: new ones share counts', { policy: name, maxKeys });
  };
}
