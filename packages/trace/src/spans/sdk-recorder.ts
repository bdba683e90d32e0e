import { type Context as OtelContext, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { toEpochMs } from './clock.ts';
import type { Recorder, SpanStart } from './recorder.ts';

/** Where an OpenTelemetry SDK was registered first, patron's spans are its spans: its sampler, its processors, its exporters. */
export const sdkRecorder: Recorder = {
  start({ name, kind, parent, startedAt, attributes, links, around }: SpanStart): Span {
    const base = (around as OtelContext | undefined) ?? ROOT_CONTEXT;
    const context = parent === undefined ? trace.deleteSpan(base) : trace.setSpanContext(base, parent);
    // The version of the tracer is the SDK's business: what it does with a name alone is cached there.
    return trace
      .getTracer('@patron/trace')
      .startSpan(name, { kind, attributes, links: [...links], startTime: toEpochMs(startedAt) }, context);
  },
};
