import { type Attributes, type SpanContext, SpanKind } from '@opentelemetry/api';
import type { Carrier } from './carrier.ts';
import { joinContexts } from './context-manager.ts';
import type { MetricOptions } from './metrics/instruments.ts';
import type { GaugeSeries, HistogramSeries } from './metrics/series.ts';
import { metrics } from './metrics/registry.ts';
import { ActiveOperation } from './active-operation.ts';
import { errorType } from './outcome.ts';

/** Which side of which kind of exchange an operation is; the span kinds of OpenTelemetry. */
export type OperationKind = 'server' | 'client' | 'consumer' | 'producer' | 'internal';

/**
 * What all operations of one kind on one transport have in common. Labels are named as the attributes of the semantic
 * conventions, `http.request.method`: a span carries them under that name, a metric as `http_request_method`.
 */
export interface TransportOptions<L extends string> {
  kind: OperationKind;
  /**
   * The histogram of durations, in seconds. Its labels are `labels`, then `statusLabel`, then `error.type`. A name of the semantic
   * conventions, `http.server.request.duration`, is `http_server_request_duration_seconds` to Prometheus.
   */
  duration: { name: string; help: string; buckets?: readonly number[] };
  /** The gauge of operations that go on, by `labels` (a subset of the operation's). Named likewise. */
  active?: { name: string; help: string; labels: readonly L[] };
  /** Labels whose values are known when the operation is described. */
  labels: readonly L[];
  /** The label that takes the status of the outcome. */
  statusLabel: string;
}

/** How one operation is described: a route, a topic, a method. */
export interface OperationOptions<L extends string> {
  /** Low cardinality: the route's pattern, never the path. */
  name: string;
  labels: Readonly<Record<L, string>>;
}

/** Operations of one kind on one transport. */
export interface Transport<L extends string> {
  /** Describes an operation. Once per route, topic or method: it resolves everything that does not change per call. */
  operation(options: OperationOptions<L>): Operation;
}

/**
 * Describes a transport: which metrics its operations move, with which labels.
 *
 * @example
 * ```ts
 * import { defineTransport, inbound, ObjectCarrier } from '@patron/trace';
 *
 * const transport = defineTransport({
 *   kind: 'consumer',
 *   duration: { name: 'jobs_process_duration_seconds', help: 'Time to process a job.' },
 *   labels: ['queue'],
 *   statusLabel: 'outcome',
 * });
 * const operation = transport.operation({ name: 'process mails', labels: { queue: 'mails' } });
 *
 * inbound(operation, new ObjectCarrier({ 'X-Correlation-Id': 'order-4711' }), (active) => {
 *   console.log(active.correlationId); // order-4711
 * });
 * ```
 */
export function defineTransport<L extends string>(options: TransportOptions<L>): Transport<L> {
  return {
    operation(described) {
      joinContexts();
      return new Operation(options, described);
    },
  };
}

/** An operation as it was described, with its metric series resolved. */
export class Operation {
  readonly kind: OperationKind;
  readonly name: string;
  readonly spanKind: SpanKind;
  /** The labels, those without a value left out. */
  readonly attributes: Attributes;
  readonly statusAttribute: string | undefined;
  readonly #seriesOf: (status: string, errorType: string) => HistogramSeries;
  readonly #byStatus = new Map<string | number, HistogramSeries>();
  /** Nearly all outcomes are the one before again: no look-up, in a map that is in no processor's cache where routes are many. */
  #lastStatus: string | number | undefined;
  #lastSeries: HistogramSeries | undefined;
  readonly #active: GaugeSeries | undefined;

  constructor(transport: TransportOptions<string>, { name, labels }: OperationOptions<string>) {
    this.kind = transport.kind;
    this.name = name;
    this.spanKind = SPAN_KINDS[transport.kind];
    this.attributes = Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
    // A made-up status (`ok`) is a label's affair; an attribute is one of the conventions'.
    this.statusAttribute = transport.statusLabel.includes('.') ? transport.statusLabel : undefined;
    const { duration, active } = transport;
    const statusLabel = metricName(transport.statusLabel);
    const values = Object.fromEntries(Object.entries(labels).map(([label, value]) => [metricName(label), value]));
    const histogram = metrics.histogram({
      ...duration,
      ...named(duration.name, 's', [...transport.labels, transport.statusLabel, 'error.type']),
    });
    this.#seriesOf = (status, type) => histogram.labels({ ...values, [statusLabel]: status, error_type: type });
    this.#active = active && metrics.gauge({ ...active, ...named(active.name, '{operation}', active.labels) }).labels(values);
  }

  /** Whether it began elsewhere. */
  get isInbound(): boolean {
    return this.kind === 'server' || this.kind === 'consumer';
  }

  /** Whether what instrumentations see inside it is the call itself. */
  get suppressesInner(): boolean {
    return this.kind === 'client' || this.kind === 'producer';
  }

  /**
   * Begins the operation; {@link ActiveOperation.end} ends it. For work that outlives a function; else `inbound`.
   * @param carrier - Where the caller's headers are; many for a batch, none for work that nothing remote began.
   */
  begin(carrier?: Carrier | readonly Carrier[]): ActiveOperation {
    this.#active?.inc();
    return new ActiveOperation(this, carrier);
  }

  /** Moves one running operation's place in the gauges to another description. @internal */
  handOver(to: Operation): void {
    this.#active?.dec();
    to.takeOver();
  }

  /** The other half of {@link handOver}: `to` may come from another copy of this package, whose private fields are not ours. @internal */
  takeOver(): void {
    this.#active?.inc();
  }

  /** Records an outcome, with the span of it where there is one. @internal */
  record(seconds: number, status: string | number, error: unknown, recorded?: SpanContext): void {
    this.#active?.dec();
    if (error !== undefined) {
      this.#seriesOf(String(status), errorType(error)).observe(seconds, recorded);
      return;
    }
    if (status !== this.#lastStatus || this.#lastSeries === undefined) {
      this.#lastSeries = this.#succeeded(status);
      this.#lastStatus = status;
    }
    this.#lastSeries.observe(seconds, recorded);
  }

  #succeeded(status: string | number): HistogramSeries {
    let series = this.#byStatus.get(status);
    if (series === undefined) {
      series = this.#seriesOf(String(status), '');
      this.#byStatus.set(status, series);
    }
    return series;
  }
}

const SPAN_KINDS: Readonly<Record<OperationKind, SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
  internal: SpanKind.INTERNAL,
};

/** A metric's names for Prometheus and for OTLP (OpenTelemetry, "Prometheus and OpenMetrics Compatibility"). */
function named(name: string, unit: string, attributes: readonly string[]): Pick<MetricOptions<string>, 'name' | 'labels' | 'otel'> {
  const labels = attributes.map(metricName);
  if (!name.includes('.')) return { name, labels };
  return { name: `${metricName(name)}${unit === 's' ? '_seconds' : ''}`, labels, otel: { name, unit, attributes } };
}

function metricName(attribute: string): string {
  return attribute.replaceAll('.', '_');
}
