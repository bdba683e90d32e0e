import { header, type MetricType, type ScrapeFormat, sample } from './format.ts';
import { labelText } from './label-set.ts';
import type { Instrument } from './instruments.ts';

/** What prom-client's metrics answer; only what is needed here, so that no version of it is depended on. */
export interface ForeignMetric {
  readonly name: string;
  get(): Promise<ForeignSnapshot> | ForeignSnapshot;
}

interface ForeignSnapshot {
  name: string;
  help: string;
  type: MetricType | string;
  values: readonly { labels: Partial<Record<string, string | number>>; value: number; metricName?: string }[];
}

/**
 * A metric of prom-client as an instrument. It is written from its values and never through prom-client's own text,
 * which throws or prints other names when one registry is scraped in both formats.
 */
export function foreignInstrument(metric: ForeignMetric): Instrument {
  return {
    name: metric.name,
    help: '',
    type: 'untyped',
    labelNames: [],
    async write(format: ScrapeFormat) {
      const snapshot = await metric.get();
      const type = toType(snapshot.type);
      const name =
        format === 'openmetrics' && type === 'counter' && !snapshot.name.endsWith('_total') ? `${snapshot.name}_total` : snapshot.name;
      let text = header(format, name, snapshot.help, type);
      for (const { labels, value, metricName } of snapshot.values) {
        const names = Object.keys(labels);
        const values = names.map((label) => String(labels[label] ?? ''));
        text += sample(metricName ?? name, labelText(names, values), value);
      }
      return text;
    },
  };
}

function toType(type: string): MetricType {
  return type === 'counter' || type === 'gauge' || type === 'histogram' || type === 'summary' ? type : 'untyped';
}
