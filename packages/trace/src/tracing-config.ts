import type { Attributes } from '@opentelemetry/api';
import { type OtelReader, otelReader } from './otel-environment.ts';
import { resolveSampler, type SamplerConfig } from './sampler-config.ts';
import type { SpanExporter } from './spans/finished-span.ts';
import { DEFAULT_LIMITS, type SpanLimits } from './spans/limits.ts';
import { QUEUE_DEFAULTS, type QueueOptions } from './spans/queue.ts';
import type { JaegerVariables, TracingOptions } from './tracing-options.ts';

export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;

/** The protocols of OTLP. */
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** Where spans go. */
export type ExporterConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'given'; readonly exporter: SpanExporter }
  | { readonly kind: 'console' }
  /** `url` undefined: the exporter reads OTEL_EXPORTER_OTLP_* by itself. */
  | { readonly kind: 'otlp'; readonly protocol: OtlpProtocol; readonly url: string | undefined; readonly shown: string };

/** All that tracing runs by, checked. */
export interface TracingConfig {
  readonly exporter: ExporterConfig;
  /** The option or variable that decided on the exporter; undefined where none did. */
  readonly exporterFrom: string | undefined;
  readonly sampler: SamplerConfig;
  readonly resource: Attributes;
  readonly queue: QueueOptions;
  readonly limits: SpanLimits;
}

const OTLP_PORT = { http: 4318, grpc: 4317 } as const;
const EXPORTERS = ['otlp', 'console', 'none'] as const;

/**
 * What tracing runs by: options in code over `OTEL_*` over `PATRON_JAEGER_*`.
 * @param problems - Gets a sentence for each value that can't be used.
 */
export function resolveTracing(
  options: TracingOptions,
  jaeger: JaegerVariables,
  env: NodeJS.ProcessEnv,
  problems: string[],
): TracingConfig {
  const otel = otelReader(env, problems);
  const { exporter, from } = resolveExporter(options, jaeger, otel);
  const batch = otel.count('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 1) ?? QUEUE_DEFAULTS.maxBatchSize;
  const queue = otel.count('OTEL_BSP_MAX_QUEUE_SIZE', 1) ?? Math.max(batch, QUEUE_DEFAULTS.maxQueueSize);
  const { attributes, valueLength, events, links } = DEFAULT_LIMITS;
  return {
    exporter,
    exporterFrom: from,
    sampler: resolveSampler(options.sampler, jaeger, otel, problems),
    resource: { ...otel.pairs('OTEL_RESOURCE_ATTRIBUTES'), ...serviceName(otel.text('OTEL_SERVICE_NAME')), ...options.resource },
    queue: {
      maxQueueSize: queue,
      maxBatchSize: Math.min(batch, queue),
      delayMs: otel.count('OTEL_BSP_SCHEDULE_DELAY', 0) ?? QUEUE_DEFAULTS.delayMs,
    },
    limits: {
      attributes: otel.count('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 0) ?? otel.count('OTEL_ATTRIBUTE_COUNT_LIMIT', 0) ?? attributes,
      valueLength:
        otel.count('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 0) ?? otel.count('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 0) ?? valueLength,
      events: otel.count('OTEL_SPAN_EVENT_COUNT_LIMIT', 0) ?? events,
      links: otel.count('OTEL_SPAN_LINK_COUNT_LIMIT', 0) ?? links,
    },
  };
}

function resolveExporter(
  options: TracingOptions,
  jaeger: JaegerVariables,
  otel: OtelReader,
): { exporter: ExporterConfig; from: string | undefined } {
  if (options.exporter !== undefined) return { exporter: { kind: 'given', exporter: options.exporter }, from: 'option tracing.exporter' };
  if (otel.text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { exporter: { kind: 'none' }, from: 'OTEL_SDK_DISABLED' };
  const named = otel.oneOf('OTEL_TRACES_EXPORTER', EXPORTERS);
  if (named === 'none' || named === 'console') return { exporter: { kind: named }, from: 'OTEL_TRACES_EXPORTER' };
  const protocol =
    otel.oneOf('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', OTLP_PROTOCOLS) ??
    otel.oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', OTLP_PROTOCOLS) ??
    'http/protobuf';
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const shown = otel.url(name);
    if (shown !== undefined) return { exporter: { kind: 'otlp', protocol, url: undefined, shown }, from: name };
  }
  const port = jaeger.port ?? OTLP_PORT[protocol === 'grpc' ? 'grpc' : 'http'];
  if (jaeger.host !== undefined) {
    const origin = `http://${jaeger.host.includes(':') && !jaeger.host.startsWith('[') ? `[${jaeger.host}]` : jaeger.host}:${port}`;
    const url = protocol === 'grpc' ? origin : `${origin}/v1/traces`;
    return { exporter: { kind: 'otlp', protocol, url, shown: url }, from: 'PATRON_JAEGER_AGENT_HOST' };
  }
  if (named === undefined) return { exporter: { kind: 'none' }, from: undefined };
  return { exporter: { kind: 'otlp', protocol, url: undefined, shown: `http://localhost:${port}` }, from: 'OTEL_TRACES_EXPORTER' };
}

function serviceName(name: string | undefined): Attributes {
  return name === undefined ? {} : { 'service.name': name };
}
