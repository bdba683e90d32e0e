import { OtlpError } from './errors.ts';
import { OtlpExporter } from './otlp/exporter.ts';
import { GrpcTransport } from './otlp/grpc-transport.ts';
import { HttpTransport } from './otlp/http-transport.ts';
import type { ResourceMetrics } from './otlp/metrics-data.ts';
import type { MetricExporter } from './otlp/metrics-push.ts';
import { locateSdk, type SdkModules } from './otlp/sdk-modules.ts';
import type { MetricsPushConfig } from './metrics-push-config.ts';
import type { FinishedSpan, SpanExporter } from './spans/finished-span.ts';
import type { ExporterConfig, OtlpProtocol } from './tracing-config.ts';

/**
 * Opens the exporter that a configuration asks for. `@patron/trace` calls this when spans are to be exported; it is what
 * loads `@opentelemetry/sdk-node`.
 *
 * @param from - The option or variable that asked for it, for the error.
 * @throws OtlpError `PATRON_OTLP_MISSING` where `@opentelemetry/sdk-node` is not installed, with the command that installs it.
 */
export async function openSpanExporter(config: Extract<ExporterConfig, { kind: 'otlp' | 'console' }>, from: string): Promise<SpanExporter> {
  const sdk = locateSdk(from);
  return attempt(sdk, from, async () => {
    if (config.kind === 'console') return sdk.consoleExporter();
    const { protocol, url } = config;
    return openExporter<FinishedSpan[]>(sdk, { signal: 'TRACES', protocol, url, slice: protocol === 'http/json' ? undefined : inSlices });
  });
}

/**
 * Opens the exporter of metrics, as {@link openSpanExporter} that of spans.
 * @throws OtlpError `PATRON_OTLP_MISSING`
 */
export async function openMetricExporter({ protocol, from }: MetricsPushConfig): Promise<MetricExporter> {
  const sdk = locateSdk(from);
  return attempt(sdk, from, () => openExporter<ResourceMetrics>(sdk, { signal: 'METRICS', protocol, url: undefined }));
}

interface Exported<T> {
  readonly signal: 'TRACES' | 'METRICS';
  readonly protocol: OtlpProtocol;
  readonly url: string | undefined;
  readonly slice?: ((batch: T) => readonly T[]) | undefined;
}

async function openExporter<T>(sdk: SdkModules, { signal, protocol, url, slice }: Exported<T>): Promise<OtlpExporter<T>> {
  const path = signal === 'TRACES' ? 'trace' : 'metrics';
  if (protocol === 'grpc') {
    const { serializer, options, grpc } = sdk.grpc<T>(signal, url);
    const service = signal === 'TRACES' ? 'TraceService' : 'MetricsService';
    const transport = new GrpcTransport(grpc, options, `/opentelemetry.proto.collector.${path}.v1.${service}/Export`);
    return new OtlpExporter(transport, { serializer, timeoutMs: options.timeoutMillis, slice });
  }
  const { serializer, options: reading } = sdk.http<T>(protocol, signal, signal === 'TRACES' ? 'v1/traces' : 'v1/metrics', url);
  const options = await reading;
  return new OtlpExporter(new HttpTransport(options), { serializer, timeoutMs: options.timeoutMillis, slice });
}

async function attempt<T>(sdk: SdkModules, from: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw new OtlpError(
      `the installed @opentelemetry/sdk-node ${sdk.version} can't export what ${from} asks for: install a version from 0.200 to 0.299`,
      { cause: error },
    );
  }
}

const SLICE = 64;

/** Requests of protobuf that stand one behind the other are one request with all their spans (Protocol Buffers, "Last One Wins"). */
function inSlices(spans: FinishedSpan[]): FinishedSpan[][] {
  return Array.from({ length: Math.ceil(spans.length / SLICE) }, (_, i) => spans.slice(i * SLICE, (i + 1) * SLICE));
}
