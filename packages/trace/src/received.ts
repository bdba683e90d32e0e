import type { Baggage, SpanContext, TraceState } from '@opentelemetry/api';
import { BAGGAGE, parseBaggage } from './baggage.ts';
import type { Carrier } from './carrier.ts';
import { TRACEPARENT, parseTraceParent } from './traceparent.ts';
import { toTraceState, TRACESTATE } from './tracestate.ts';
import { jaegerBaggage, parseUberTraceId, UBER_TRACE_ID } from './uber-trace-id.ts';

/** The caller's span: `traceparent` with `tracestate`, else `uber-trace-id`. Undefined where neither is valid. */
export function receivedSpan(carrier: Carrier): SpanContext | undefined {
  const header = carrier.get(TRACEPARENT);
  const parent = header === undefined ? undefined : parseTraceParent(header);
  if (parent === undefined) return receivedJaegerSpan(carrier);
  // tracestate alone means nothing, and a bad one does not spoil the traceparent (W3C Trace Context §4.3).
  const state = carrier.get(TRACESTATE);
  const traceState: TraceState | undefined = state === undefined ? undefined : toTraceState(state);
  return traceState === undefined ? { ...parent, isRemote: true } : { ...parent, isRemote: true, traceState };
}

function receivedJaegerSpan(carrier: Carrier): SpanContext | undefined {
  const header = carrier.get(UBER_TRACE_ID);
  const parent = header === undefined ? undefined : parseUberTraceId(header);
  return parent === undefined ? undefined : { ...parent, isRemote: true };
}

/** The caller's baggage: the `baggage` header, and that of a caller who speaks Jaeger's language. */
export function receivedBaggage(carrier: Carrier): Baggage | undefined {
  const header = carrier.get(BAGGAGE);
  if (header !== undefined) return parseBaggage(header);
  return carrier.get(UBER_TRACE_ID) === undefined ? undefined : jaegerBaggage(carrier);
}
