import type { Carrier } from './carrier.ts';
import { joinContexts } from './context-manager.ts';
import type { GaugeSeries, HistogramSeries } from './metrics/instruments.ts';
import { metrics } from './metrics/registry.ts';
import { ActiveOperation } from './active-operation.ts';
import { errorType } from './outcome.ts';

/** Which side of which kind of exchange an operation is; the span kinds of OpenTelemetry. */
export type OperationKind = 'server' | 'client' | 'consumer' | 'producer' | 'internal';

/** What all operations of one kind on one transport have in common. Names are those of the semantic conventions. */
export interface TransportOptions<L extends string> {
  kind: OperationKind;
  /** The histogram of durations, in seconds. Its labels are `labels`, then `statusLabel`, then `error_type`. */
  duration: { name: string; help: string; buckets?: readonly number[] };
  /** The gauge of operations that go on, by `labels` (a subset of the operation's). */
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
  readonly #seriesOf: (status: string, errorType: string) => HistogramSeries;
  readonly #byStatus = new Map<string | number, HistogramSeries>();
  readonly #active: GaugeSeries | undefined;

  constructor(transport: TransportOptions<string>, { name, labels }: OperationOptions<string>) {
    this.kind = transport.kind;
    this.name = name;
    const { statusLabel, duration, active } = transport;
    const histogram = metrics.histogram<string>({ ...duration, labels: [...transport.labels, statusLabel, 'error_type'] });
    this.#seriesOf = (status, type) => histogram.labels({ ...labels, [statusLabel]: status, error_type: type });
    this.#active = active && metrics.gauge<string>(active).labels(labels);
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

  /** Records an outcome. @internal */
  record(seconds: number, status: string | number, error: unknown): void {
    this.#active?.dec();
    if (error !== undefined) {
      this.#seriesOf(String(status), errorType(error)).observe(seconds);
      return;
    }
    let series = this.#byStatus.get(status);
    if (series === undefined) {
      series = this.#seriesOf(String(status), '');
      this.#byStatus.set(status, series);
    }
    series.observe(seconds);
  }
}
