import { METRIC_NAME } from './names.ts';

/** What a service's options say about metrics. */
export interface MetricsConfig {
  /** Bounds of histograms by their name, in place of those that they are described with: `http_server_request_duration_seconds`. @default none */
  readonly buckets?: Readonly<Record<string, readonly number[]>>;
  /**
   * Series that a metric keeps apart: a number for all metrics that do not say themselves, or numbers by name, which win over
   * what the metric says. @default 2000
   */
  readonly maxSeries?: number | Readonly<Record<string, number>>;
  /** Pushes all metrics by OTLP too, every so often; `true` for every 60 s. @default OTEL_METRICS_EXPORTER=otlp and OTEL_METRIC_EXPORT_INTERVAL; off */
  readonly otlp?: boolean | { readonly intervalMs?: number };
}

const LONGEST_MS = 2 ** 31 - 1;

/** What is wrong with such options, a sentence each. @internal */
export function metricsProblems(config: MetricsConfig): string[] {
  if (!isObject(config)) return [`metrics is ${show(config)}: it takes options`];
  const { buckets, maxSeries, otlp } = config;
  const problems: string[] = [];
  for (const [name, bounds] of named('buckets', buckets, problems)) {
    if (!areBounds(bounds)) problems.push(`metrics.buckets.${name} is ${show(bounds)}: it takes finite numbers that ascend, one at least`);
  }
  for (const [name, count] of typeof maxSeries === 'number' ? [['', maxSeries] as const] : named('maxSeries', maxSeries, problems)) {
    if (!isCount(count)) problems.push(`metrics.maxSeries${name && `.${name}`} is ${show(count)}: it takes a whole number from 1`);
  }
  if (isObject(otlp)) {
    const { intervalMs } = otlp as { intervalMs?: unknown };
    if (intervalMs !== undefined && !(isCount(intervalMs) && intervalMs <= LONGEST_MS))
      problems.push(`metrics.otlp.intervalMs is ${show(intervalMs)}: it takes whole milliseconds, 1 to ${LONGEST_MS}`);
  } else if (otlp !== undefined && typeof otlp !== 'boolean')
    problems.push(`metrics.otlp is ${show(otlp)}: it takes true, false or { intervalMs }`);
  return problems;
}

/** Whether these can be the bounds of a histogram. @internal */
export function areBounds(bounds: unknown): bounds is readonly number[] {
  if (!Array.isArray(bounds) || bounds.length === 0) return false;
  return (bounds as readonly unknown[]).every((bound, i) => Number.isFinite(bound) && (i === 0 || (bound as number) > bounds[i - 1]));
}

/** Whether so many series can be kept. @internal */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1;
}

/** A value as an error shows it. @internal */
export function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, 20).map(String).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : isObject(value) ? 'an object' : String(value);
}

function named(option: string, values: unknown, problems: string[]): [name: string, value: unknown][] {
  if (values === undefined) return [];
  if (!isObject(values)) {
    problems.push(
      `metrics.${option} is ${show(values)}: it takes ${option === 'buckets' ? '' : 'a number, or '}an object by the names of metrics`,
    );
    return [];
  }
  return Object.entries(values).filter(([name]) => {
    const isName = METRIC_NAME.test(name);
    if (!isName) problems.push(`metrics.${option} has ${show(name)}, which is no name of a metric: write it as /metrics shows it`);
    return isName;
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
