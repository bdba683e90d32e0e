import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { CORRELATION_HEADER, CORRELATION_KEY, isCorrelationId } from './correlation.ts';
import { SUPPRESS_KEY } from './spans/suppress.ts';

/**
 * Lets the propagator of an SDK that came first carry the correlation id, too: what an instrumented client (undici, pg) sends
 * would have a trace, and no correlation id. In place: a registration can't be changed, and the SDK's headers stay its own. Once
 * per process.
 */
export function joinPropagator(propagator: TextMapPropagator): void {
  if (Object.isFrozen(propagator)) return;
  const inject = propagator.inject.bind(propagator);
  const extract = propagator.extract.bind(propagator);
  const fields = propagator.fields.bind(propagator);

  propagator.inject = (context: Context, carrier: unknown, setter: TextMapSetter): void => {
    inject(context, carrier, setter);
    // A call of patron's own has written its headers itself.
    if (context.getValue(SUPPRESS_KEY) === true) return;
    const id = context.getValue(CORRELATION_KEY);
    if (typeof id === 'string') setter.set(carrier, CORRELATION_HEADER, id);
  };
  propagator.extract = (context: Context, carrier: unknown, getter: TextMapGetter): Context => {
    const extracted = extract(context, carrier, getter);
    const found = getter.get(carrier, CORRELATION_HEADER);
    const id = Array.isArray(found) ? found.join(', ') : found;
    return id !== undefined && isCorrelationId(id) ? extracted.setValue(CORRELATION_KEY, id) : extracted;
  };
  propagator.fields = () => [...fields(), CORRELATION_HEADER];
}
