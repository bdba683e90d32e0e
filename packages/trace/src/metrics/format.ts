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

/**
 * A bound of a bucket or a quantile, as the value of its label. Prometheus knows a bucket by this text: OpenMetrics
 * ("Considerations: Canonical Numbers") wants 1.0 and 1e+06 where the older format's writers print 1 and 1000000.
 */
export function bound(format: ScrapeFormat, value: number): string {
  if (format === 'prometheus' || !Number.isFinite(value)) return number(value);
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power < -4 || power > 5) return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  return Number.isInteger(value) ? `${value}.0` : String(value);
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

/** OpenMetrics §"Exemplars": behind its sample, at most 128 characters of labels. `labels` is text without braces, `at` in seconds. */
export function exemplar(labels: string, value: number, at: number | undefined): string {
  return ` # {${labels}} ${number(value)}${at === undefined ? '' : ` ${at.toFixed(3)}`}`;
}
