import { propagation, trace } from '@opentelemetry/api';
import { shared } from '@patron/log';
import { type ContextOwner, joinContexts } from './context-manager.ts';
import { countLogLines } from './log-lines.ts';
import { metricsProblems, type MetricsConfig } from './metrics/config.ts';
import { metrics } from './metrics/registry.ts';
import { type MetricsPushConfig, resolveMetricsPush } from './metrics-push-config.ts';
import type { MetricsPush } from './otlp/metrics-push.ts';
import { measureRuntime } from './runtime/measure.ts';
import { otelGlobals } from './otel-globals.ts';
import { logOtelWarnings } from './otel-log.ts';
import { patronPropagator } from './propagator.ts';
import { createResource } from './resource.ts';
import { createSampler } from './sampler-config.ts';
import type { Sampler } from './sampling/sampler.ts';
import type { Resource, SpanExporter } from './spans/finished-span.ts';
import { joinPropagator } from './sdk-propagator.ts';
import { flushSdk } from './spans/sdk-provider.ts';
import { SpanQueue } from './spans/queue.ts';
import { OwnRecorder, tracing } from './spans/recorder.ts';
import { sdkRecorder } from './spans/sdk-recorder.ts';
import { PatronTracerProvider } from './spans/tracer.ts';
import { type ExporterConfig, resolveTracing, type TracingConfig } from './tracing-config.ts';
import type { TracingOptions } from './tracing-options.ts';
import { TelemetryOptionError } from './errors.ts';

/** Options of {@link setup}. */
export interface SetupOptions extends TracingOptions {
  /** Buckets, caps and the push of metrics by OTLP. @default what each metric says itself; no push */
  readonly metrics?: MetricsConfig;
  /** The service whose spans these are. @default 'unknown_service' */
  readonly name?: string;
  /** @default 'dev' */
  readonly version?: string;
}

/** What is in force. */
export interface TelemetrySetup {
  /** Whose store the context lives in: `sdk` where an OpenTelemetry SDK was registered first. */
  readonly context: ContextOwner;
  /** Who records spans: patron, the SDK that was registered first, or nobody. */
  readonly spans: 'patron' | 'sdk' | 'off';
  /** Where they go and which are chosen, with the option or variable that decided; for the log. */
  readonly tracing: Readonly<Record<string, string>>;
}

interface State {
  /** Registered once with the API, which can't be undone; what it records changes. False where an SDK came first. */
  provider: PatronTracerProvider | false | undefined;
  running: { queue: SpanQueue; sampler: Sampler } | undefined;
  push: MetricsPush | undefined;
}

const state = shared<State>('telemetry', () => ({ provider: undefined, running: undefined, push: undefined }));

/**
 * Starts what every service has: one context with `@opentelemetry/api`, its tracers and its propagator, the process metrics,
 * the count of log lines, and, where the options or the environment say so, the recording and export of spans. A `Service`
 * calls it; a program without one may. What was set up before is replaced; {@link shutdown} ends it.
 *
 * @throws TelemetryOptionError for a value that can't be used.
 * @throws OtlpError `PATRON_OTLP_MISSING` where spans are to be exported and `@opentelemetry/sdk-node` is not installed.
 *
 * @example
 * ```ts
 * import { setup, shutdown, withSpan } from '@patron/trace';
 * import { memorySpans } from '@patron/trace/testing';
 *
 * const exporter = memorySpans();
 * await setup({ name: 'nightly', exporter, sampler: { type: 'const', param: 1 } });
 * withSpan('tidy up', () => undefined);
 * await shutdown();
 * console.log(exporter.spans.map(({ name }) => name)); // [ 'tidy up' ]
 * ```
 */
export async function setup(options: SetupOptions = {}): Promise<TelemetrySetup> {
  const problems: string[] = [];
  const tracing = resolveTracing(options, {}, process.env, problems);
  const metricsPush = resolveMetricsPush(options.metrics ?? {}, process.env, problems);
  problems.push(...metricsProblems(options.metrics ?? {}));
  if (problems.length > 0) throw new TelemetryOptionError([...new Set(problems)]); // spans and metrics share some variables
  metrics.configure(options.metrics ?? {});
  return setUpWith({ name: options.name ?? 'unknown_service', version: options.version ?? 'dev' }, tracing, metricsPush);
}

/** The same for a configuration that has been checked. @internal */
export async function setUpWith(
  service: { name: string; version: string },
  config: TracingConfig,
  metricsPush?: MetricsPushConfig,
): Promise<TelemetrySetup> {
  countLogLines();
  measureRuntime();
  const context = joinContexts();
  await shutdown();
  const resource = createResource(service, config.resource);
  if (metricsPush !== undefined) state.push = await startPush(metricsPush, resource);
  if (registerProvider() === false) {
    tracing.recorder = sdkRecorder;
    return { context, spans: 'sdk', tracing: { spans: 'of the OpenTelemetry SDK that was registered first' } };
  }
  const exporter = await openExporter(config.exporter, config.exporterFrom);
  if (exporter === undefined) return { context, spans: 'off', tracing: unexported(config) };
  const sampler = createSampler(config.sampler, service.name);
  const queue = new SpanQueue(exporter, config.queue);
  const recorder = new OwnRecorder(sampler, {
    resource,
    limits: config.limits,
    ended: (span) => queue.push(span),
  });
  state.running = { queue, sampler };
  (state.provider as PatronTracerProvider).recorder = recorder;
  tracing.recorder = recorder;
  return { context, spans: 'patron', tracing: describe(config, sampler) };
}

/**
 * Ends the recording, exports what is queued, for 3 seconds at the most, and closes the exporter. What is left then is dropped
 * and counted. Never rejects: telemetry that fails must not fail a service that has done its work.
 *
 * @param deadline - Aborts when there is no time left.
 * @returns Whether there was anything to end.
 */
export async function shutdown(deadline?: AbortSignal): Promise<boolean> {
  const { running, push } = state;
  state.running = undefined;
  state.push = undefined;
  if (state.provider !== false) tracing.recorder = undefined;
  if (state.provider) state.provider.recorder = undefined;
  running?.sampler.close?.();
  await running?.queue.close(deadline);
  if (state.provider === false) await flushSdk(deadline);
  await push?.close(deadline); // after the spans: it tells what became of them
  return running !== undefined || push !== undefined || state.provider === false;
}

/** Exports what is queued now: before a program is frozen (a lambda), or in a test. @returns whether all of it went out in 3 s */
export async function flushSpans(): Promise<boolean> {
  return state.provider === false ? flushSdk() : ((await state.running?.queue.flush()) ?? true);
}

function registerProvider(): PatronTracerProvider | false {
  if (state.provider === undefined) {
    const { trace: provider, propagation: propagator } = otelGlobals();
    state.provider = provider === undefined && new PatronTracerProvider();
    if (state.provider !== false) logOtelWarnings();
    if (state.provider !== false) trace.setGlobalTracerProvider(state.provider);
    if (propagator !== undefined) joinPropagator(propagator);
    else if (state.provider !== false) propagation.setGlobalPropagator(patronPropagator);
  }
  return state.provider;
}

async function startPush(config: MetricsPushConfig, resource: Resource): Promise<MetricsPush> {
  const [{ openMetricExporter }, { MetricsPush: Push }] = await Promise.all([import('./otlp.ts'), import('./otlp/metrics-push.ts')]);
  return new Push(metrics, resource, await openMetricExporter(config), config);
}

async function openExporter(config: ExporterConfig, from: string | undefined): Promise<SpanExporter | undefined> {
  switch (config.kind) {
    case 'none':
      return undefined;
    case 'given':
      return config.exporter;
    case 'console':
    case 'otlp': {
      // Only now: it costs what a whole service costs to load.
      const { openSpanExporter } = await import('./otlp.ts');
      return openSpanExporter(config, from ?? 'the options');
    }
  }
}

function describe({ exporter, exporterFrom, sampler: { from } }: TracingConfig, sampler: Sampler): Record<string, string> {
  return {
    exporter: exporter.kind === 'otlp' ? `${exporter.protocol} to ${exporter.shown}` : exporter.kind,
    exporterFrom: exporterFrom ?? 'default',
    sampler: sampler.description,
    samplerFrom: from ?? 'default',
  };
}

/** A sampler without an exporter is a wish that nobody hears. */
function unexported({ sampler, exporterFrom }: TracingConfig): Record<string, string> {
  if (sampler.from === undefined || sampler.param === 0) return {};
  return {
    exporter: 'none',
    exporterFrom: exporterFrom ?? 'default: set PATRON_JAEGER_AGENT_HOST or OTEL_EXPORTER_OTLP_ENDPOINT',
    samplerFrom: sampler.from,
  };
}
