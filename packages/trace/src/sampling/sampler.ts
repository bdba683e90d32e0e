import { RateLimit } from './rate-limit.ts';

/** Decides which traces that begin here are recorded. */
export interface Sampler {
  /** What it does, for the log: `probabilistic 0.1`. */
  readonly description: string;
  /** Whether a caller's decision is followed; else every span is decided about anew. @default true */
  readonly followsParent?: boolean;
  /** Whether it never says yes, so that nobody need ask. */
  readonly never?: boolean;
  /**
   * @param traceId - 32 hex digits.
   * @param name - The span's name: the operation.
   */
  sample(traceId: string, name: string): boolean;
  /** Ends what it does in the background. */
  close?(): void;
}

/** All or nothing. */
export function constant(decision: boolean): Sampler {
  return { description: `const ${decision ? 1 : 0}`, never: !decision, sample: () => decision };
}

/**
 * A share of the traces, 0 to 1, decided by the trace id alone: whoever samples by the same share decides alike
 * (OpenTelemetry specification, TraceIdRatioBased).
 */
export function probabilistic(share: number): Sampler {
  const description = `probabilistic ${share}`;
  if (share <= 0) return { description, never: true, sample: () => false };
  if (share >= 1) return { description, sample: () => true };
  // Of its last 52 bits: the last seven bytes of an id are random wherever it comes from (W3C Trace Context level 2, §3.2.2.3).
  const bound = Math.round(share * 2 ** 52);
  return { description, sample: (traceId) => Number.parseInt(traceId.slice(19), 16) < bound };
}

/** At most so many traces a second, evenly; bursts of up to a second's worth, and of one at least. */
export function rateLimiting(tracesPerSecond: number, now: () => number = () => performance.now()): Sampler {
  const limit = new RateLimit(tracesPerSecond, now);
  return { description: `ratelimiting ${tracesPerSecond}/s`, never: tracesPerSecond <= 0, sample: () => limit.take() };
}

/** The same sampler for callers whose own decision does not count. */
export function ignoringParents(sampler: Sampler): Sampler {
  return { ...sampler, description: `${sampler.description}, whatever the caller decided`, followsParent: false };
}
