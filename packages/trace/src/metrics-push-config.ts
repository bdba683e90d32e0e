import type { MetricsConfig } from './metrics/config.ts';
import { otelReader } from './otel-environment.ts';
import { OTLP_PROTOCOLS, type OtlpProtocol } from './tracing-config.ts';

/** How metrics are pushed. Where to, the exporter reads itself: OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT. */
export interface MetricsPushConfig {
  readonly protocol: OtlpProtocol;
  readonly intervalMs: number;
  /** How long one push may take. */
  readonly timeoutMs: number;
  /** The option or variable that asked for it. */
  readonly from: string;
}

const INTERVAL_MS = 60_000;
const TIMEOUT_MS = 30_000;

/** Whether metrics are pushed: the option in code over OTEL_METRICS_EXPORTER. A scrape of /metrics is what everybody has. */
export function resolveMetricsPush({ otlp }: MetricsConfig, env: NodeJS.ProcessEnv, problems: string[]): MetricsPushConfig | undefined {
  const otel = otelReader(env, problems);
  const named = otel.oneOf('OTEL_METRICS_EXPORTER', ['otlp', 'prometheus', 'none']);
  const isDisabled = otel.text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  const protocol =
    otel.oneOf('OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', OTLP_PROTOCOLS) ??
    otel.oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', OTLP_PROTOCOLS) ??
    'http/protobuf';
  const intervalMs = otel.count('OTEL_METRIC_EXPORT_INTERVAL', 1) ?? INTERVAL_MS;
  const timeoutMs = otel.count('OTEL_METRIC_EXPORT_TIMEOUT', 1) ?? TIMEOUT_MS;
  if (otlp === false || (otlp === undefined && (named !== 'otlp' || isDisabled))) return undefined;
  return {
    protocol,
    intervalMs: (typeof otlp === 'object' ? otlp.intervalMs : undefined) ?? intervalMs,
    timeoutMs,
    from: otlp === undefined ? 'OTEL_METRICS_EXPORTER' : 'option metrics.otlp',
  };
}
