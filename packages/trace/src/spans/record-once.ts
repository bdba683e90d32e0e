import type { Exception, Span } from '@opentelemetry/api';

/** Errors that stand in a span already. Weak: an error is not kept alive for having been seen. */
const recorded = new WeakSet<object>();

/**
 * Records an error as an `exception` event of the innermost span that it passes: the spans around it say that they failed, and
 * not the same stack again. What is no object (a status) has nothing to tell.
 */
export function recordOnce(span: Span, error: unknown): void {
  if (typeof error !== 'object' || error === null || recorded.has(error)) return;
  recorded.add(error);
  span.recordException(error as Exception);
}
