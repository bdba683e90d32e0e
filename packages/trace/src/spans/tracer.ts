import {
  context as otel,
  type Context,
  INVALID_SPAN_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  trace,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { fromTimeInput } from './clock.ts';
import { newSpanContext } from '../span-context.ts';
import type { InstrumentationScope } from './finished-span.ts';
import { type OwnRecorder } from './recorder.ts';
import { SUPPRESS_KEY } from './suppress.ts';

/**
 * The tracers that `@opentelemetry/api` gives to instrumentations and users: their spans join patron's traces, by the same
 * sampler, into the same queue. While nothing records, they pass the trace around on, as the API's own do.
 */
export class PatronTracerProvider implements TracerProvider {
  /** Undefined while nothing records. */
  recorder: OwnRecorder | undefined;

  getTracer(name: string, version?: string): Tracer {
    return new PatronTracer(this, version === undefined ? { name } : { name, version });
  }
}

class PatronTracer implements Tracer {
  readonly #provider: PatronTracerProvider;
  readonly #scope: InstrumentationScope;

  constructor(provider: PatronTracerProvider, scope: InstrumentationScope) {
    this.#provider = provider;
    this.#scope = scope;
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = otel.active()): Span {
    if (context.getValue(SUPPRESS_KEY) === true) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const around = options.root === true ? undefined : trace.getSpanContext(context);
    const parent = around !== undefined && trace.isSpanContextValid(around) ? around : undefined;
    const { recorder } = this.#provider;
    if (recorder === undefined) return trace.wrapSpanContext(parent ?? INVALID_SPAN_CONTEXT);
    const own = recorder.contextFor(parent, name);
    // Ids also where a trace that begins here is not chosen: what is inside has to follow, and not be asked once more.
    if (own === undefined) return trace.wrapSpanContext(parent ?? newSpanContext());
    const { kind = SpanKind.INTERNAL, startTime, attributes, links } = options;
    const span = recorder.record(own, { name, kind, parent, scope: this.#scope, startMs: fromTimeInput(startTime) });
    if (attributes !== undefined) span.setAttributes(attributes);
    if (links !== undefined) span.addLinks(links);
    return span;
  }

  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F> {
    const fn = rest.at(-1) as F;
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
    const around = rest.length > 2 ? (rest[1] as Context) : otel.active();
    const span = this.startSpan(name, options, around);
    return otel.with(trace.setSpan(around, span), () => fn(span)) as ReturnType<F>;
  }
}
