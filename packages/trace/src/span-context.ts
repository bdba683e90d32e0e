import { randomFillSync } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';

const IDS = Buffer.alloc(24 * 128);
let used = IDS.length;

/** A new trace that is not sampled. Random ids in blocks: one call to the system's generator serves 128 of them. */
export function newSpanContext(): SpanContext {
  if (used === IDS.length) {
    randomFillSync(IDS);
    used = 0;
  }
  const traceId = IDS.toString('hex', used, used + 16);
  const spanId = IDS.toString('hex', used + 16, used + 24);
  used += 24;
  return { traceId, spanId, traceFlags: TraceFlags.NONE };
}
