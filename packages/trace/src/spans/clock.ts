import type { HrTime, TimeInput } from '@opentelemetry/api';

/** How far the monotonic clock may run away from the system's before it is set again, in milliseconds. */
const DRIFT_MS = 5;

/** What is less was read from the monotonic clock: as milliseconds since 1970 it would be a day of 1973. */
const LONG_AGO_MS = 1e11;

let offset = performance.timeOrigin;

/**
 * Milliseconds since 1970 for a moment of `performance.now()`. Spans are timed by the clock that never jumps; where the
 * system's is corrected meanwhile (NTP, a virtual machine that slept), later spans follow it.
 */
export function toEpochMs(monotonicMs: number): number {
  const now = Date.now() - performance.now();
  if (Math.abs(now - offset) > DRIFT_MS) offset = now;
  return offset + monotonicMs;
}

/** Milliseconds since 1970 for a time as `@opentelemetry/api` takes it; a number may be one of either clock. */
export function fromTimeInput(time: TimeInput | undefined): number {
  if (time === undefined) return toEpochMs(performance.now());
  if (typeof time === 'number') return time < LONG_AGO_MS ? toEpochMs(time) : time;
  return Array.isArray(time) ? time[0] * 1000 + time[1] / 1e6 : time.getTime();
}

/** Milliseconds as seconds and nanoseconds, the form of exporters. */
export function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
