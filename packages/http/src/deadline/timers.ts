/** The longest that a timer of Node waits, 24.8 days; a longer one fires at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/** A timer of Node counts in whole milliseconds from the start of the one it was set in: it fires less than this too early. */
export const TIMER_GRAIN_MS = 2;

/** For a timer that never fires too early. */
export function atLeast(ms: number): number {
  return Math.min(Math.ceil(Math.max(ms, 0)) + 1, LONGEST_MS);
}
