import { bound, exemplar, header, type MetricType, type ScrapeFormat, sample } from './format.ts';
import { labelText } from './label-set.ts';
import type { Exemplar, HistogramSeries } from './series.ts';

/** How many characters are written at a stretch: less than a millisecond of the event loop. */
const STRETCH = 64 * 1024;

/** The lines of a metric, a stretch at a time. Each series is as it was at one moment, and never cut in two. */
export function* writeSeries<S>(
  { name, help, type }: { name: string; help: string; type: MetricType },
  format: ScrapeFormat,
  entries: Iterable<readonly [labels: string, series: S]>,
  write: (labels: string, series: S) => string,
): Generator<string> {
  let text = header(format, name, help, type);
  for (const [labels, series] of entries) {
    text += write(labels, series);
    if (text.length < STRETCH) continue;
    yield text;
    text = '';
  }
  yield text;
}

/** How a histogram is written in one format. What is the same for all its series is made once. */
export function histogramWriter(name: string, format: ScrapeFormat): (labels: string, series: HistogramSeries) => string {
  const isOpen = format === 'openmetrics';
  let known: readonly number[] | undefined;
  let tails: string[] = [];
  return (labels, { bounds, counts, sum, exemplars }) => {
    if (bounds !== known) {
      known = bounds;
      tails = [...bounds, Number.POSITIVE_INFINITY].map((one) => `le="${bound(format, one)}"} `);
    }
    const start = `${name}_bucket{${labels === '' ? '' : `${labels},`}`;
    let text = '';
    let count = 0;
    for (let i = 0; i < counts.length; i++) {
      count += counts[i] as number;
      text += start + (tails[i] as string) + count;
      const shown = isOpen ? exemplars?.[i] : undefined;
      if (shown !== undefined) text += exemplarText(shown);
      text += '\n';
    }
    // A sum that can fall is no sum to OpenMetrics (§"Histogram"), and then there is no count either; +Inf has it.
    if (isOpen && (bounds[0] as number) < 0) return text;
    return text + sample(`${name}_sum`, labels, sum) + sample(`${name}_count`, labels, count);
  };
}

const IDS = ['trace_id', 'span_id'] as const;
const HEX = /^(?:[0-9a-f]{16}){1,2}$/;

/** What are no ids of W3C Trace Context leads nowhere, and could be anything: it is left out. */
function exemplarText({ traceId, spanId, value, at }: Exemplar): string {
  return HEX.test(traceId) && HEX.test(spanId) ? exemplar(labelText(IDS, [traceId, spanId]), value, at / 1000) : '';
}
