import { diag, type DiagLogFunction, DiagLogLevel } from '@opentelemetry/api';
import { log } from '@patron/log';
import { otelGlobals } from './otel-globals.ts';

/**
 * What instrumentations warn of goes to patron's log, unless somebody listens already: among it that an SDK came too late, which
 * would otherwise export nothing without a word.
 */
export function logOtelWarnings(): void {
  if (otelGlobals().diag !== undefined) return;
  const nothing: DiagLogFunction = () => undefined;
  diag.setLogger({ error: tell, warn: tell, info: nothing, debug: nothing, verbose: nothing }, DiagLogLevel.WARN);
}

function tell(text: string, ...more: unknown[]): void {
  if (/duplicate registration of API: trace\b/.test(text)) {
    log.warn(
      "an OpenTelemetry SDK was started after patron had been set up: its exporters get no spans, patron's do. Start it before, with --import",
    );
    return;
  }
  // It is the same news: the SDK registers its context manager and its propagator, too.
  if (/duplicate registration of API: (context|propagation)\b/.test(text)) return;
  const words = [text, ...more].map((one) => (typeof one === 'string' ? one : one instanceof Error ? one.message : JSON.stringify(one)));
  log.warn('OpenTelemetry warns', { text: words.join(' ').slice(0, 1000) });
}
