import type { Attributes } from '@opentelemetry/api';
import type { SpanExporter } from './spans/finished-span.ts';

/** How traces that begin here are chosen. A caller's decision is followed, whatever stands here. */
export interface SamplerOptions {
  /**
   * `const`: all (param 1) or none (0). `probabilistic`: a share, 0 to 1. `ratelimiting`: so many a second. `remote`: as
   * Jaeger's sampling endpoint says; param is the share until it has answered.
   */
  readonly type: 'const' | 'probabilistic' | 'ratelimiting' | 'remote';
  /** @default 0 */
  readonly param?: number;
  /** Of `remote`: where the strategy is asked for. @default http://PATRON_JAEGER_AGENT_HOST:5778/sampling */
  readonly endpoint?: string;
  /** Of `remote`: how often, in milliseconds. @default 60000 */
  readonly pollMs?: number;
}

/** Tracing in code; what is not set comes from the environment. */
export interface TracingOptions {
  /** Which traces are recorded. @default PATRON_JAEGER_SAMPLER_TYPE and _PARAM or OTEL_TRACES_SAMPLER: none that begins here */
  readonly sampler?: SamplerOptions;
  /** Where spans go instead of what the environment says: any span exporter of the OpenTelemetry SDK, or one of your own. */
  readonly exporter?: SpanExporter;
  /** What each span tells of its service besides name, version and host. @default OTEL_RESOURCE_ATTRIBUTES */
  readonly resource?: Attributes;
}

/** What `PATRON_JAEGER_*` say, parsed. */
export interface JaegerVariables {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly samplerType?: SamplerOptions['type'] | undefined;
  readonly samplerParam?: number | undefined;
}
