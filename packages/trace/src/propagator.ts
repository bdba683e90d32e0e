import { type Context, propagation, type TextMapGetter, type TextMapPropagator, type TextMapSetter, trace } from '@opentelemetry/api';
import { BAGGAGE, formatBaggage } from './baggage.ts';
import type { Carrier } from './carrier.ts';
import { CORRELATION_HEADER, CORRELATION_KEY, isCorrelationId } from './correlation.ts';
import { receivedBaggage, receivedSpan } from './received.ts';
import { SUPPRESS_KEY } from './spans/suppress.ts';
import { formatTraceParent, TRACEPARENT } from './traceparent.ts';
import { TRACESTATE } from './tracestate.ts';
import { UBER_TRACE_ID } from './uber-trace-id.ts';

/**
 * The propagator of `@opentelemetry/api` for the instrumentations of others: what an instrumented client (undici, pg) sends
 * carries the trace, the baggage and the correlation id, as what patron itself sends does.
 */
export const patronPropagator: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    if (context.getValue(SUPPRESS_KEY) === true) return;
    const span = trace.getSpanContext(context);
    if (span !== undefined && trace.isSpanContextValid(span)) {
      setter.set(carrier, TRACEPARENT, formatTraceParent(span));
      const state = span.traceState?.serialize();
      if (state !== undefined && state !== '') setter.set(carrier, TRACESTATE, state);
    }
    const baggage = propagation.getBaggage(context);
    const text = baggage === undefined ? '' : formatBaggage(baggage);
    if (text !== '') setter.set(carrier, BAGGAGE, text);
    const id = context.getValue(CORRELATION_KEY);
    if (typeof id === 'string') setter.set(carrier, CORRELATION_HEADER, id);
  },

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const headers = new GetterCarrier(carrier, getter);
    const span = receivedSpan(headers);
    const baggage = receivedBaggage(headers);
    const id = headers.get(CORRELATION_HEADER);
    let extracted = span === undefined ? context : trace.setSpanContext(context, span);
    if (baggage !== undefined) extracted = propagation.setBaggage(extracted, baggage);
    return id !== undefined && isCorrelationId(id) ? extracted.setValue(CORRELATION_KEY, id) : extracted;
  },

  fields: () => [TRACEPARENT, TRACESTATE, BAGGAGE, UBER_TRACE_ID, CORRELATION_HEADER],
};

class GetterCarrier implements Carrier {
  readonly #carrier: unknown;
  readonly #getter: TextMapGetter;

  constructor(carrier: unknown, getter: TextMapGetter) {
    this.#carrier = carrier;
    this.#getter = getter;
  }

  get(name: string): string | undefined {
    const value = this.#getter.get(this.#carrier, name);
    return Array.isArray(value) ? value.join(', ') : value;
  }

  set(): void {
    throw new Error('what was received is not written to');
  }

  keys(): Iterable<string> {
    return this.#getter.keys(this.#carrier);
  }
}
