import { type Baggage, propagation, TraceFlags } from '@opentelemetry/api';
import type { Carrier } from './carrier.ts';
import type { TraceParent } from './traceparent.ts';

/** Jaeger's own header, as Go patron up to v0.73 sends it: `trace:span:parent:flags`. Read, never written. */
export const UBER_TRACE_ID = 'uber-trace-id';
/** Jaeger's baggage: one header per entry, the key behind the prefix. */
const BAGGAGE_PREFIX = 'uberctx-';

const SAMPLED_OR_DEBUG = 0b11;
const MAX_ENTRIES = 180;
const MAX_BYTES = 8192;
const FORM = /^([0-9a-f]{1,32}):([0-9a-f]{1,16}):[0-9a-f]{0,16}:([0-9a-f]{1,2})$/i;

/**
 * The parts of an `uber-trace-id` header, or undefined where it breaks the form (Jaeger, "Propagation Format"). Ids may
 * come without their leading zeros, the trace's with 64 bits only, and all of it percent-encoded.
 *
 * @example
 * ```ts
 * import { parseUberTraceId } from '@patron/trace';
 *
 * console.log(parseUberTraceId('4bf92f3577b34da6:f067aa0ba902b7:0:1')?.traceId); // 00000000000000004bf92f3577b34da6
 * ```
 */
export function parseUberTraceId(header: string): TraceParent | undefined {
  if (header.length > 128) return undefined;
  const match = FORM.exec(header.replace(/%3a/gi, ':'));
  if (match === null) return undefined;
  const [, trace = '', span = '', flags = ''] = match;
  const traceId = trace.toLowerCase().padStart(32, '0');
  const spanId = span.toLowerCase().padStart(16, '0');
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const sampled = (Number.parseInt(flags, 16) & SAMPLED_OR_DEBUG) !== 0;
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
}

/** The entries of `uberctx-…` headers. What can't be decoded is left out; never throws. */
export function jaegerBaggage(carrier: Carrier): Baggage | undefined {
  const entries: Record<string, { value: string }> = Object.create(null) as Record<string, { value: string }>;
  let count = 0;
  let bytes = 0;
  for (const name of carrier.keys?.() ?? []) {
    const lower = name.toLowerCase();
    if (!lower.startsWith(BAGGAGE_PREFIX) || lower.length === BAGGAGE_PREFIX.length) continue;
    const value = decode(carrier.get(lower) ?? '');
    if (value === undefined) continue;
    bytes += lower.length + value.length;
    if (count === MAX_ENTRIES || bytes > MAX_BYTES) break;
    entries[lower.slice(BAGGAGE_PREFIX.length)] = { value };
    count++;
  }
  return count === 0 ? undefined : propagation.createBaggage(entries);
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined; // a lone percent sign
  }
}
