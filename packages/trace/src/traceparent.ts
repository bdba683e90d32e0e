import type { SpanContext } from '@opentelemetry/api';

/** The header that carries the trace id, the parent's span id and the flags. W3C Trace Context §3.2. */
export const TRACEPARENT = 'traceparent';

/** What patron reads of a `traceparent`. */
export type TraceParent = Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'>;

const DASH = 45;
/** Sampled, and the random trace id of level 2: the bits whose meaning is known. */
const KNOWN_FLAGS = 0b11;
const MAX_LENGTH = 256; // a future version may be longer than 55; a header that is kilobytes long is no traceparent

/**
 * The parts of a `traceparent` header, or undefined where the rules say to ignore it (W3C Trace Context §4.3): version ff,
 * upper case, an id of zeros, anything after the flags in version 00. Later versions are read by their first four parts.
 *
 * @example
 * ```ts
 * import { parseTraceParent } from '@patron/trace';
 *
 * const parent = parseTraceParent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
 * console.log(parent?.traceId); // 4bf92f3577b34da6a3ce929d0e0e4736
 * ```
 */
export function parseTraceParent(header: string): TraceParent | undefined {
  if (header.length < 55 || header.length > MAX_LENGTH) return undefined;
  if (header.charCodeAt(2) !== DASH || header.charCodeAt(35) !== DASH || header.charCodeAt(52) !== DASH) return undefined;
  if (!isHex(header, 0, 2) || !isHex(header, 3, 35) || !isHex(header, 36, 52) || !isHex(header, 53, 55)) return undefined;
  const version = header.slice(0, 2);
  if (version === 'ff') return undefined;
  if (header.length > 55 && (version === '00' || header.charCodeAt(55) !== DASH)) return undefined;
  if (isZero(header, 3, 35) || isZero(header, 36, 52)) return undefined;
  // Bits whose meaning nobody knows yet are not ours to pass on (§3.2.2.5; level 2, §3.2.2.5.2 and .3).
  const traceFlags = Number.parseInt(header.slice(53, 55), 16) & KNOWN_FLAGS;
  return { traceId: header.slice(3, 35), spanId: header.slice(36, 52), traceFlags };
}

/** The `traceparent` header, version 00, for a span. */
export function formatTraceParent(parent: TraceParent): string {
  return `00-${parent.traceId}-${parent.spanId}-0${parent.traceFlags & KNOWN_FLAGS}`;
}

function isHex(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return false;
  }
  return true;
}

function isZero(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (text.charCodeAt(i) !== 48) return false;
  return true;
}
