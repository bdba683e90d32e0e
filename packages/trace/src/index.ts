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
export { remainingMs, withDeadline } from './deadline.ts';
export { MetricError, OtlpError, TelemetryOptionError } from './errors.ts';
export { inbound, outbound } from './inbound.ts';
export type { MetricsConfig } from './metrics/config.ts';
export type { ForeignMetric } from './metrics/foreign.ts';
export type { MetricType, ScrapeFormat } from './metrics/format.ts';
export type { Counter, Gauge, Histogram, Instrument, Labels, MetricOptions, OtelName } from './metrics/instruments.ts';
export { DURATION_BUCKETS, metrics, type Registry } from './metrics/registry.ts';
export type { CounterSeries, Exemplar, GaugeSeries, HistogramSeries, SpanIds } from './metrics/series.ts';
export {
  defineTransport,
  type Operation,
  type OperationKind,
  type OperationOptions,
  type Transport,
  type TransportOptions,
} from './operation.ts';
export { errorType, type Outcome } from './outcome.ts';
export { flushSpans, setup, type SetupOptions, shutdown, type TelemetrySetup } from './setup.ts';
export type { ExportResult, FinishedSpan, SpanEvent, SpanExporter, SpanLink } from './spans/finished-span.ts';
export { formatTraceParent, parseTraceParent, TRACEPARENT, type TraceParent } from './traceparent.ts';
export { parseTraceState, TRACESTATE } from './tracestate.ts';
export type { SamplerOptions, TracingOptions } from './tracing-options.ts';
export { parseUberTraceId, UBER_TRACE_ID } from './uber-trace-id.ts';
export { type SpanOptions, withSpan } from './with-span.ts';

// For @patron/core, and for nobody else: these may change without notice.
export { setUpWith } from './setup.ts';
export { metricsProblems } from './metrics/config.ts';
export { type MetricsPushConfig, resolveMetricsPush } from './metrics-push-config.ts';
export { holdSdk } from './spans/sdk-provider.ts';
export { resolveTracing, type TracingConfig } from './tracing-config.ts';
