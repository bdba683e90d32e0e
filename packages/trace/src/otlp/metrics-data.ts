import type { Attributes, HrTime } from '@opentelemetry/api';
import type { ForeignSnapshot } from '../metrics/foreign.ts';
import type { Instrument, OtelName } from '../metrics/instruments.ts';
import type { Registry } from '../metrics/registry.ts';
import type { HistogramSeries } from '../metrics/series.ts';
import { toHrTime } from '../spans/clock.ts';
import type { Resource } from '../spans/finished-span.ts';
import { foreignPoints } from './metrics-foreign.ts';

// The shapes and numbers of @opentelemetry/sdk-metrics, which the encodings read: `ResourceMetrics`.

const CUMULATIVE = 1;
const DATA_POINT = { histogram: 0, gauge: 2, sum: 3 } as const;
const VALUE_DOUBLE = 1;

/** The kinds of metrics that OTLP and we both have. */
export type PointKind = keyof typeof DATA_POINT;

/** What a histogram has counted. */
export interface HistogramValue {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  /** Left out where it is no number that every encoding has. */
  readonly sum?: number;
  readonly count: number;
}

/** One series at one moment. */
export interface Point {
  readonly attributes: Attributes;
  readonly value: number | HistogramValue;
}

/** One metric with its points. */
export interface MetricData {
  readonly descriptor: { name: string; description: string; unit: string; type: string; valueType: number; advice: object };
  readonly aggregationTemporality: number;
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly (Point & { readonly startTime: HrTime; readonly endTime: HrTime })[];
}

/** What an exporter of metrics takes. */
export interface ResourceMetrics {
  readonly resource: Resource;
  readonly scopeMetrics: readonly { scope: { name: string }; metrics: readonly MetricData[] }[];
}

/** Points of one request: converted and encoded in a few milliseconds, and far below what a collector takes at once (gRPC: 4 MiB). */
const BATCH = 500;

const STARTED_AT: HrTime = toHrTime(performance.timeOrigin);

/**
 * The registry as it is now, for OTLP: the same instruments that /metrics writes, cumulated since the start of the process, under
 * the names of the semantic conventions where they have one. A batch at a time, the event loop turning in between. A metric
 * that fails is left out and the others are not.
 */
export async function* toBatches(
  registry: Registry,
  resource: Resource,
  onError: (name: string, error: unknown) => void,
): AsyncGenerator<ResourceMetrics> {
  let metrics: MetricData[] = [];
  let left = BATCH;
  const batch = (): ResourceMetrics => ({ resource, scopeMetrics: [{ scope: { name: '@patron/trace' }, metrics }] });
  await registry.turn();
  let endTime = toHrTime(Date.now());
  for (const instrument of registry.instruments()) {
    try {
      const { kind, points, ...described } = await read(instrument);
      for (const some of inParts(points, () => left)) {
        metrics.push({ ...dataOf(kind, described), dataPoints: some.map((point) => ({ ...point, startTime: STARTED_AT, endTime })) });
        left -= some.length;
        if (left > 0) continue;
        yield batch();
        metrics = [];
        left = BATCH;
        await registry.turn();
        endTime = toHrTime(Date.now());
      }
    } catch (error) {
      onError(instrument.name, error);
    }
  }
  if (metrics.length > 0) yield batch();
}

/** As many at a time as there is room for. */
function* inParts(points: Iterable<Point>, room: () => number): Generator<Point[]> {
  let part: Point[] = [];
  for (const point of points) {
    part.push(point);
    if (part.length < room()) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly otel?: OtelName | undefined;
}

type Read = Described & { readonly kind: PointKind; readonly points: Iterable<Point> };

/** An instrument of this package, of whichever copy. */
interface Own extends Instrument {
  readonly otel: OtelName | undefined;
  collect(): void | Promise<void>;
  series(): Iterable<readonly [values: readonly string[], series: unknown]>;
}

async function read(instrument: Instrument): Promise<Read> {
  const { snapshot } = instrument as { snapshot?: () => ForeignSnapshot | Promise<ForeignSnapshot> };
  if (snapshot !== undefined) {
    const { name, help, ...rest } = await snapshot();
    return { name, help, ...foreignPoints({ name, help, ...rest }) };
  }
  const own = instrument as Own;
  await own.collect();
  const kind = own.type === 'counter' ? 'sum' : own.type === 'gauge' ? 'gauge' : 'histogram';
  return { name: own.name, help: own.help, otel: own.otel, kind, points: pointsOf(own, kind) };
}

function* pointsOf(instrument: Own, kind: PointKind): Generator<Point> {
  const names = instrument.otel?.attributes ?? instrument.labelNames;
  for (const [values, series] of instrument.series()) {
    const value = kind === 'histogram' ? histogramOf(series as HistogramSeries) : (series as { value: number }).value;
    // NaN and infinity have no JSON: one of them would spoil all of its request.
    if (typeof value === 'number' && !Number.isFinite(value)) continue;
    const attributes: Attributes = {};
    names.forEach((name, i) => {
      const text = values[i] as string;
      if (text !== '') attributes[name] = WHOLE.has(name) && /^\d{1,9}$/.test(text) ? Number(text) : text;
    });
    yield { attributes, value };
  }
}

/** Attributes that the conventions know as whole numbers; a label is always text. */
const WHOLE = new Set([
  'http.response.status_code',
  'http.request.resend_count',
  'messaging.batch.message_count',
  'server.port',
  'client.port',
  'network.peer.port',
]);

function histogramOf({ bounds, counts, sum }: HistogramSeries): HistogramValue {
  const count = counts.reduce((total, one) => total + one, 0);
  return { buckets: { boundaries: [...bounds], counts: [...counts] }, ...(Number.isFinite(sum) && { sum }), count };
}

const TYPES: Readonly<Record<PointKind, string>> = { sum: 'COUNTER', gauge: 'GAUGE', histogram: 'HISTOGRAM' };

function dataOf(kind: PointKind, { name, help, otel }: Described): Omit<MetricData, 'dataPoints'> {
  const unit = otel?.unit ?? (name.endsWith('_seconds') ? 's' : name.endsWith('_bytes') ? 'By' : '');
  const descriptor = { name: otel?.name ?? name, description: help, unit, type: TYPES[kind], valueType: VALUE_DOUBLE, advice: {} };
  return {
    descriptor,
    aggregationTemporality: CUMULATIVE,
    dataPointType: DATA_POINT[kind],
    ...(kind === 'sum' && { isMonotonic: true }),
  };
}
