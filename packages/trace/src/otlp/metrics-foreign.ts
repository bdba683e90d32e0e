import type { Attributes } from '@opentelemetry/api';
import type { ForeignSample, ForeignSnapshot } from '../metrics/foreign.ts';
import type { HistogramValue, Point, PointKind } from './metrics-data.ts';

/**
 * A metric of prom-client as points. A summary has no place among the shapes of the OpenTelemetry SDK: of it, and of what is
 * of no type that we know, nothing goes out.
 */
export function foreignPoints({ type, values }: ForeignSnapshot): { kind: PointKind; points: Iterable<Point> } {
  switch (type) {
    case 'counter':
      return { kind: 'sum', points: plain(values) };
    case 'gauge':
      return { kind: 'gauge', points: plain(values) };
    case 'histogram':
      return { kind: 'histogram', points: histograms(values) };
    default:
      return { kind: 'gauge', points: [] };
  }
}

function* plain(values: readonly ForeignSample[]): Generator<Point> {
  for (const { labels, value } of values) if (Number.isFinite(value)) yield { attributes: labels as Attributes, value };
}

/** prom-client has a histogram as lines, the cumulated buckets of one series one after the other and its sum and count behind them. */
function* histograms(values: readonly ForeignSample[]): Generator<Point> {
  let boundaries: number[] = [];
  let counts: number[] = [];
  let below = 0;
  let sum: number | undefined;
  for (const { labels, value, metricName = '' } of values) {
    if (metricName.endsWith('_bucket')) {
      const bound = Number(String(labels['le']).replace('+Inf', 'Infinity'));
      if (bound !== Number.POSITIVE_INFINITY) boundaries.push(bound);
      counts.push(value - below);
      below = value;
    } else if (metricName.endsWith('_sum')) sum = value;
    else {
      const histogram: HistogramValue = {
        buckets: { boundaries, counts },
        ...(sum !== undefined && Number.isFinite(sum) && { sum }),
        count: value,
      };
      yield { attributes: labels as Attributes, value: histogram };
      [boundaries, counts, below, sum] = [[], [], 0, undefined];
    }
  }
}
