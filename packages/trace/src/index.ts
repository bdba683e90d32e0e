export { activeOperation, type ActiveOperation } from './active-operation.ts';
export { formatBaggage, parseBaggage } from './baggage.ts';
export { type Carrier, ObjectCarrier } from './carrier.ts';
export type { ContextOwner } from './context-manager.ts';
export {
  CORRELATION_FIELD,
  CORRELATION_HEADER,
  correlationId,
  isCorrelationId,
  newCorrelationId,
  withCorrelationId,
} from './correlation.ts';
export { MetricError } from './errors.ts';
export { inbound, outbound } from './inbound.ts';
export type { ForeignMetric } from './metrics/foreign.ts';
export type { MetricType, ScrapeFormat } from './metrics/format.ts';
export type {
  Counter,
  CounterSeries,
  Gauge,
  GaugeSeries,
  Histogram,
  HistogramSeries,
  Instrument,
  Labels,
  MetricOptions,
} from './metrics/instruments.ts';
export { DURATION_BUCKETS, metrics, type Registry } from './metrics/registry.ts';
export {
  defineTransport,
  type Operation,
  type OperationKind,
  type OperationOptions,
  type Transport,
  type TransportOptions,
} from './operation.ts';
export { errorType, type Outcome } from './outcome.ts';
export { setup } from './setup.ts';
export { formatTraceParent, parseTraceParent, TRACEPARENT, type TraceParent } from './traceparent.ts';
export { parseTraceState, TRACESTATE } from './tracestate.ts';
