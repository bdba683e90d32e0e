import { createContextKey } from '@opentelemetry/api';
import { childContext, type Context, contextStore } from '@patron/log';

/** The key by which OpenTelemetry's tracers and instrumentations are told to make no span: Symbol.for(description). */
export const SUPPRESS_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

const silent: Context = childContext(undefined, SUPPRESS_KEY, true);

/**
 * Runs what telemetry does for itself: in no operation's context (a timer or socket that is made there would hold it), and
 * without spans of its own, which would beget further exports.
 */
export function outsideOfAll<R>(fn: () => R): R {
  return contextStore.run(silent, fn);
}
