import {
  type Attributes,
  createContextKey,
  INVALID_SPAN_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { childContext, type Context, contextStore, fromContext, LOGGER_KEY, type Logger } from '@patron/log';
import { errorType } from './outcome.ts';
import { recordOnce } from './spans/record-once.ts';
import { tracing } from './spans/recorder.ts';
import { SUPPRESS_KEY } from './spans/suppress.ts';
import { isThenable } from './thenable.ts';

const SPAN_KEY = createContextKey('OpenTelemetry Context Key SPAN');

/** Options of {@link withSpan}. */
export interface SpanOptions {
  /** What the span tells besides its name. @default none */
  readonly attributes?: Attributes;
}

/**
 * Runs `fn` as a step of the work that goes on here, with a span of its own where the trace is recorded: log lines below it
 * carry its id, calls below it are its children, an error is recorded. Where nothing is recorded it costs one question.
 * Answer and error of `fn` pass through unchanged.
 *
 * @param name - Low cardinality: what is done, not to which one.
 * @param fn - Gets the span; one that is not recorded takes attributes and forgets them.
 *
 * @example
 * ```ts
 * import { withSpan } from '@patron/trace';
 *
 * const total = await withSpan('price the basket', async (span) => {
 *   span.setAttribute('basket.items', 3);
 *   return 42;
 * });
 * console.log(total); // 42
 * ```
 */
export function withSpan<R>(name: string, fn: (span: Span) => R, options: SpanOptions = {}): R {
  const around = contextStore.active();
  const parent = (around?.getValue(SPAN_KEY) as Span | undefined)?.spanContext();
  const span = start(name, parent, options.attributes ?? {}, around);
  if (span === undefined) return fn(trace.wrapSpanContext(parent ?? INVALID_SPAN_CONTEXT));
  return finish(span, () => contextStore.run(new SpanScope(around, span), fn, span));
}

function start(name: string, parent: SpanContext | undefined, attributes: Attributes, around: Context | undefined): Span | undefined {
  if (tracing.recorder === undefined || around?.getValue(SUPPRESS_KEY) === true) return undefined;
  return tracing.recorder.start({
    name,
    kind: SpanKind.INTERNAL,
    parent: parent !== undefined && trace.isSpanContextValid(parent) ? parent : undefined,
    startedAt: performance.now(),
    attributes,
    links: [],
    around,
  });
}

function finish<R>(span: Span, run: () => R): R {
  let result: R;
  try {
    result = run();
  } catch (error) {
    fail(span, error);
    throw error;
  }
  if (!isThenable(result)) {
    span.end();
    return result;
  }
  return result.then(
    (value) => {
      span.end();
      return value;
    },
    (error: unknown) => {
      fail(span, error);
      throw error;
    },
  ) as R;
}

function fail(span: Span, error: unknown): void {
  recordOnce(span, error);
  span.setAttribute('error.type', errorType(error));
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown };
  span.setStatus({ code: SpanStatusCode.ERROR, ...(typeof message === 'string' && { message }) });
  span.end();
}

/** The context of such a step. Its logger is made when the first line is written. */
class SpanScope implements Context {
  readonly #parent: Context | undefined;
  readonly #span: Span;
  #logger: Logger | undefined;

  constructor(parent: Context | undefined, span: Span) {
    this.#parent = parent;
    this.#span = span;
  }

  getValue(key: symbol): unknown {
    if (key === SPAN_KEY) return this.#span;
    if (key === LOGGER_KEY) return (this.#logger ??= this.#createLogger());
    return this.#parent?.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return childContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return childContext(this, key, undefined);
  }

  #createLogger(): Logger {
    const logger = (this.#parent?.getValue(LOGGER_KEY) as Logger | undefined) ?? fromContext();
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    return (traceFlags & TraceFlags.SAMPLED) === 0 ? logger : logger.sub({ trace_id: traceId, span_id: spanId });
  }
}
