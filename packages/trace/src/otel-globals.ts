import type { DiagLogger, TextMapPropagator, TracerProvider } from '@opentelemetry/api';

/** What is registered with `@opentelemetry/api`. */
export interface OtelGlobals {
  readonly trace?: TracerProvider;
  readonly propagation?: TextMapPropagator;
  readonly diag?: DiagLogger;
}

/**
 * What others have registered with `@opentelemetry/api` so far. The API keeps it under this symbol for all of its copies and all
 * versions 1.x. By its own functions one finds out only by a registration that fails, which tells every user that something
 * is wrong.
 */
export function otelGlobals(): OtelGlobals {
  return (globalThis as { [KEY]?: OtelGlobals })[KEY] ?? {};
}

const KEY = Symbol.for('opentelemetry.js.api.1');
