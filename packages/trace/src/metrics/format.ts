/** The two formats of a scrape: Prometheus text 0.0.4 and OpenMetrics 1.0. */
export type ScrapeFormat = 'prometheus' | 'openmetrics';

/** What a metric is, in the words of both formats. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** A number in both formats' grammar. */
export function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** The HELP and TYPE lines. OpenMetrics names the family, Prometheus the sample: they differ for counters. */
export function header(format: ScrapeFormat, name: string, help: string, type: MetricType): string {
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  const kind = format === 'openmetrics' && type === 'untyped' ? 'unknown' : type;
  const text = help.replace(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'));
  return `# HELP ${family} ${format === 'openmetrics' ? text.replaceAll('"', '\\"') : text}\n# TYPE ${family} ${kind}\n`;
}

/** One sample line. `labels` is text without braces. */
export function sample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${number(value)}\n` : `${name}{${labels}} ${number(value)}\n`;
}
