import { type ContextOwner, joinContexts } from './context-manager.ts';
import { countLogLines } from './log-lines.ts';
import { measureProcess } from './process-metrics.ts';

/**
 * Starts what every service has: one context with `@opentelemetry/api`, the process metrics, the count of log lines.
 * A service calls it; calling it again changes nothing. Exporters and samplers are set up here once there are any.
 *
 * @returns who owns the context store: `sdk` where an OpenTelemetry SDK was registered first.
 */
export function setup(): { context: ContextOwner } {
  countLogLines();
  measureProcess();
  return { context: joinContexts() };
}
