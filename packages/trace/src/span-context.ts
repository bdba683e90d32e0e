import { randomFillSync } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';

const IDS = Buffer.alloc(8 * 384);
let used = IDS.length;

/** Ids of a new trace that is not sampled. Random bytes in blocks: one call to the system's generator serves many of them. */
export function newSpanContext(): SpanContext {
  return { traceId: hex(16), spanId: hex(8), traceFlags: TraceFlags.NONE };
}

/** The id of a new span. */
export function newSpanId(): string {
  return hex(8);
}

function hex(bytes: 8 | 16): string {
  if (used + bytes > IDS.length) {
    randomFillSync(IDS);
    used = 0;
  }
  const text = IDS.toString('hex', used, used + bytes);
  used += bytes;
  // All zeros means "no id" (W3C Trace Context §3.2.2.3): one in 2^64, and still no reason to lose a trace.
  return /[^0]/.test(text) ? text : hex(bytes);
}
