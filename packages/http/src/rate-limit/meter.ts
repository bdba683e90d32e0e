import type { RateLimitOptions } from './options.ts';

/**
 * What is kept of one key. What the numbers mean is the meter's to know: two numbers each, so that a million keys are
 * a million small objects.
 */
export interface Count {
  /** When it was touched last in a way that counts, in microseconds; of a window, which one it is. */
  at: number;
  /** What is used up. */
  used: number;
}

/** How requests are counted. Times are whole microseconds of a clock that never goes back. */
export interface Meter {
  /** How many requests there are at the most. */
  readonly quota: number;
  /** In how many seconds a quota comes back, rounded up. */
  readonly windowSeconds: number;
  /** Lets a request through and counts it, or not. A request that is refused counts for nothing. */
  take(count: Count, now: number, phase: number): boolean;
  /** Whether a count says no more than a new one would: then it may be forgotten. */
  isFresh(count: Count, now: number, phase: number): boolean;
  /** How many requests are left. */
  left(count: Count, now: number, phase: number): number;
  /** Microseconds until a request is let through again, where none is left; else until the whole quota is back. */
  wait(count: Count, now: number, phase: number): number;
}

/** The meter for checked options. */
export function meterOf(options: RateLimitOptions): Meter {
  return options.limit === undefined
    ? new TokenMeter(options.ratePerSecond, options.burst)
    : new WindowMeter(options.limit, options.windowMs * 1000);
}

/**
 * Windows that follow one another: a count belongs to one of them by its index. That they stand still in time is what makes a
 * count that was forgotten and begun again be the same count. Each key's are shifted by a phase of its own, or all clients
 * would come back in the same millisecond.
 */
export class WindowMeter implements Meter {
  readonly quota: number;
  readonly windowSeconds: number;
  readonly #lengthUs: number;

  constructor(limit: number, lengthUs: number) {
    this.quota = limit;
    this.windowSeconds = Math.ceil(lengthUs / 1e6);
    this.#lengthUs = lengthUs;
  }

  take(count: Count, now: number, phase: number): boolean {
    const index = this.#indexOf(now, phase);
    if (count.at !== index) {
      count.at = index;
      count.used = 0;
    }
    if (count.used >= this.quota) return false;
    count.used++;
    return true;
  }

  isFresh(count: Count, now: number, phase: number): boolean {
    return count.used === 0 || count.at !== this.#indexOf(now, phase);
  }

  left(count: Count, now: number, phase: number): number {
    return count.at === this.#indexOf(now, phase) ? this.quota - count.used : this.quota;
  }

  wait(_: Count, now: number, phase: number): number {
    return this.#lengthUs - ((now + this.#shift(phase)) % this.#lengthUs);
  }

  #indexOf(now: number, phase: number): number {
    return Math.floor((now + this.#shift(phase)) / this.#lengthUs);
  }

  /** @param phase - From 0 to below 1, as a part of the window. */
  #shift(phase: number): number {
    return Math.floor(phase * this.#lengthUs);
  }
}

/** One request, in the unit in which tokens are counted: with it a rate in whole requests a second adds whole numbers only. */
const TOKEN = 1_000_000;

/** A token bucket: what is missing from it is kept, and melts at the rate. Millionths of a token a microsecond are the rate itself. */
export class TokenMeter implements Meter {
  readonly quota: number;
  readonly windowSeconds: number;
  readonly #rate: number;
  readonly #capacity: number;

  constructor(ratePerSecond: number, burst: number) {
    this.quota = burst;
    this.windowSeconds = Math.ceil(burst / ratePerSecond);
    this.#rate = ratePerSecond;
    this.#capacity = burst * TOKEN;
  }

  take(count: Count, now: number): boolean {
    const missing = this.#missing(count, now) + TOKEN;
    if (missing > this.#capacity) return false;
    count.at = now;
    count.used = missing;
    return true;
  }

  isFresh(count: Count, now: number): boolean {
    return this.#missing(count, now) === 0;
  }

  left(count: Count, now: number): number {
    return Math.floor((this.#capacity - this.#missing(count, now)) / TOKEN);
  }

  wait(count: Count, now: number): number {
    const missing = this.#missing(count, now);
    const over = missing + TOKEN - this.#capacity;
    return Math.ceil((over > 0 ? over : missing) / this.#rate);
  }

  #missing(count: Count, now: number): number {
    return Math.max(0, count.used - (now - count.at) * this.#rate);
  }
}
