import { type Attributes, type Link, type Span, type SpanContext, type SpanKind, TraceFlags } from '@opentelemetry/api';
import { type Context, shared } from '@patron/log';
import type { Sampler } from '../sampling/sampler.ts';
import { newSpanContext, newSpanId } from '../span-context.ts';
import { toEpochMs } from './clock.ts';
import type { InstrumentationScope } from './finished-span.ts';
import { RecordedSpan, type SpanHome } from './span.ts';

/** What begins. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** The span around or the caller's; undefined where a trace begins. */
  readonly parent: SpanContext | undefined;
  /** When, by `performance.now()`. */
  readonly startedAt: number;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  /** The context around, for a recorder that is another's. */
  readonly around: Context | undefined;
}

/** Makes spans: patron's own recorder, or the SDK that was registered first. */
export interface Recorder {
  /** Undefined where the span is not recorded and nothing needs ids. */
  start(span: SpanStart): Span | undefined;
}

/** @internal */
export interface Tracing {
  /** Undefined while nothing records. */
  recorder: Recorder | undefined;
}

/** What every copy of this package in the process asks. @internal */
export const tracing: Tracing = shared('tracing', () => ({ recorder: undefined }));

const SCOPE: InstrumentationScope = { name: '@patron/trace' };

/** Records what the sampler chose. What it did not choose costs the question. */
export class OwnRecorder implements Recorder {
  readonly #sampler: Sampler;
  readonly #home: SpanHome;

  constructor(sampler: Sampler, home: SpanHome) {
    this.#sampler = sampler;
    this.#home = home;
  }

  start({ name, kind, parent, startedAt, attributes, links }: SpanStart): RecordedSpan | undefined {
    const context = this.contextFor(parent, name);
    if (context === undefined) return undefined;
    const span = this.record(context, { name, kind, parent, scope: SCOPE, startMs: toEpochMs(startedAt) });
    span.setAttributes(attributes);
    if (links.length > 0) span.addLinks(links);
    return span;
  }

  /** The ids of a new span where it is sampled. */
  contextFor(parent: SpanContext | undefined, name: string): SpanContext | undefined {
    const { followsParent = true, never = false } = this.#sampler;
    if (parent !== undefined && followsParent) {
      if ((parent.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
    } else if (never) return undefined;
    const fresh = parent === undefined ? newSpanContext() : undefined;
    const traceId = parent?.traceId ?? (fresh as SpanContext).traceId;
    if (!(parent !== undefined && followsParent) && !this.#sampler.sample(traceId, name)) return undefined;
    return {
      traceId,
      spanId: fresh?.spanId ?? newSpanId(),
      // Whoever goes on with a trace says of its id what was said before (W3C Trace Context level 2, §3.2.2.5.2).
      traceFlags: TraceFlags.SAMPLED | (parent?.traceFlags ?? 0),
      ...(parent?.traceState !== undefined && { traceState: parent.traceState }),
    };
  }

  record(
    context: SpanContext,
    seed: { name: string; kind: SpanKind; parent: SpanContext | undefined; scope: InstrumentationScope; startMs: number },
  ): RecordedSpan {
    return new RecordedSpan(this.#home, { context, ...seed });
  }
}
