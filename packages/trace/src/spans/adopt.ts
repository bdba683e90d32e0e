import type { Span, SpanContext, SpanKind } from '@opentelemetry/api';
import type { Operation } from '../operation.ts';

/**
 * A span that another instrumentation in this process has made for the same request or message: to be used and named, not
 * doubled. It is active, it is of this process, it is of our kind as far as its kind can be read, no operation of ours made it,
 * and it belongs to the caller's trace.
 */
export function adoptableSpan(
  operation: Operation,
  around: Span | undefined,
  within: { readonly spanContext: SpanContext } | undefined,
  remote: SpanContext | undefined,
): Span | undefined {
  const context = around?.spanContext();
  if (around === undefined || context === undefined || context.isRemote === true) return undefined;
  if (remote !== undefined && remote.traceId !== context.traceId) return undefined;
  if (within !== undefined && within.spanContext.spanId === context.spanId) return undefined;
  const { kind } = around as { kind?: SpanKind };
  return kind === undefined || kind === operation.spanKind ? around : undefined;
}

/** Gives a span the name and the attributes of an operation: `GET /orders/:id`, where an instrumentation knew `GET`. */
export function nameAfter(span: Span, operation: Operation): void {
  if (!span.isRecording()) return;
  span.updateName(operation.name);
  span.setAttributes(operation.attributes);
}
