const UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const WHOLE = /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** A timer of more than 2^31-1 ms, 24 days, fires at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/**
 * Milliseconds of a Go duration: `300ms`, `1m30s`, `2h45m`, `1.5s`, `+5s`, `0`. Undefined for anything else, negative ones too;
 * a bare number has no unit and is refused, as Go does.
 *
 * @example
 * ```ts
 * import { parseDuration } from '@patron/core';
 *
 * console.log(parseDuration('1m30s')); // 90000
 * ```
 */
export function parseDuration(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  if (!WHOLE.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(PART)) ms += Number(amount) * (UNITS[unit as string] as number);
  return ms;
}

/** A duration as people read it: `12 ms`, `1.5 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
