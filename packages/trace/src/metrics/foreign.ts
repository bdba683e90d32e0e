import { bound, exemplar, type MetricType, type ScrapeFormat, sample } from './format.ts';
import type { Instrument } from './instruments.ts';
import { labelText } from './label-set.ts';
import { reader } from './read.ts';
import { writeSeries } from './write.ts';

type ForeignLabels = Readonly<Partial<Record<string, string | number>>>;

/** What prom-client's metrics answer; only what is needed here, so that no version of it is depended on. */
export interface ForeignMetric {
  readonly name: string;
  get(): Promise<ForeignSnapshot> | ForeignSnapshot;
}

/** One line of a metric of prom-client. */
export interface ForeignSample {
  readonly labels: ForeignLabels;
  readonly value: number;
  /** Of a histogram or a summary: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
  readonly exemplar?: { readonly labelSet: ForeignLabels; readonly value: number; readonly timestamp?: number } | null;
}

/** What a metric of prom-client says of itself. */
export interface ForeignSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType | string;
  readonly values: readonly ForeignSample[];
}

/**
 * A metric of prom-client as an instrument. It is written from its values and never through prom-client's own text,
 * which throws or prints other names when one registry is scraped in both formats.
 */
export function foreignInstrument(metric: ForeignMetric): Instrument & { snapshot(): ForeignSnapshot | Promise<ForeignSnapshot> } {
  const snapshot = reader(() => metric.get());
  return {
    name: metric.name,
    help: '',
    type: 'untyped',
    labelNames: [],
    snapshot,
    async write(format: ScrapeFormat) {
      const { name: given, help, type: kind, values } = await snapshot();
      const type = toType(kind);
      const name = format === 'openmetrics' && type === 'counter' && !given.endsWith('_total') ? `${given}_total` : given;
      return writeSeries({ name, help, type }, format, lines(values, format), (labels, { metricName, value, exemplar: shown }) => {
        const line = sample(metricName ?? name, labels, value);
        if (format !== 'openmetrics' || !shown) return line;
        return `${line.slice(0, -1)}${exemplar(text(shown.labelSet, format), shown.value, shown.timestamp)}\n`;
      });
    },
  };
}

/** One by one: among thousands the event loop turns. */
function* lines(values: readonly ForeignSample[], format: ScrapeFormat): Generator<readonly [labels: string, ForeignSample]> {
  for (const one of values) yield [text(one.labels, format), one];
}

function text(labels: ForeignLabels, format: ScrapeFormat): string {
  const names = Object.keys(labels);
  return labelText(
    names,
    names.map((name) => {
      const value = labels[name] ?? '';
      return typeof value === 'number' && (name === 'le' || name === 'quantile') ? bound(format, value) : String(value);
    }),
  );
}

function toType(type: string): MetricType {
  return type === 'counter' || type === 'gauge' || type === 'histogram' || type === 'summary' ? type : 'untyped';
}
