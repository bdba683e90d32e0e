import { type Baggage, createContextKey, createTraceState, type Span, type SpanContext, trace } from '@opentelemetry/api';
import { childContext, type Context, contextStore, fromContext, LOGGER_KEY, type Logger } from '@patron/log';
import { BAGGAGE, formatBaggage, parseBaggage } from './baggage.ts';
import type { Carrier } from './carrier.ts';
import { CORRELATION_FIELD, CORRELATION_HEADER, CORRELATION_KEY, isCorrelationId, newCorrelationId } from './correlation.ts';
import type { Operation } from './operation.ts';
import type { Outcome } from './outcome.ts';
import { newSpanContext } from './span-context.ts';
import { formatTraceParent, parseTraceParent, TRACEPARENT } from './traceparent.ts';
import { parseTraceState, TRACESTATE } from './tracestate.ts';

// The keys under which the OpenTelemetry API keeps its span and baggage: Symbol.for(description) since 1.0.
const SPAN_KEY = createContextKey('OpenTelemetry Context Key SPAN');
const BAGGAGE_KEY = createContextKey('OpenTelemetry Baggage Key');
const OPERATION_KEY = Symbol.for('patron.v1.operation');

/** The operation that is going on here, if any. */
export function activeOperation(): ActiveOperation | undefined {
  return contextStore.active()?.getValue(OPERATION_KEY) as ActiveOperation | undefined;
}

/**
 * One operation that goes on: the context of everything that happens below it. It is the only object that is made per
 * operation. Correlation id, trace ids, baggage and logger come into being when somebody asks.
 */
export class ActiveOperation implements Context {
  readonly #parent: Context | undefined = contextStore.active();
  readonly #startedAt = performance.now();
  readonly #carrier: Carrier | readonly Carrier[] | undefined;
  #operation: Operation;
  #correlationId: string | undefined;
  #remote: SpanContext | null | undefined;
  #spanContext: SpanContext | undefined;
  #logger: Logger | undefined;
  #ended = false;
  #held = false;

  constructor(operation: Operation, carrier: Carrier | readonly Carrier[] | undefined) {
    this.#operation = operation;
    this.#carrier = carrier;
  }

  /** What was described. */
  get operation(): Operation {
    return this.#operation;
  }

  /** Whether {@link end} has been called. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether whoever called {@link hold} ends it. */
  get held(): boolean {
    return this.#held;
  }

  /**
   * The correlation id: the carrier's where it is valid, else that of the work around, else a new one; the same for ever.
   * The messages of a batch have each their own; the batch gets a new one.
   */
  get correlationId(): string {
    this.#correlationId ??= this.#receivedId() ?? (this.#parent?.getValue(CORRELATION_KEY) as string | undefined) ?? newCorrelationId();
    return this.#correlationId;
  }

  /** A logger whose lines carry the correlation id, and trace and span id where a trace was received. */
  get logger(): Logger {
    this.#logger ??= this.#createLogger();
    return this.#logger;
  }

  /** The caller's span, where a valid `traceparent` was received. */
  get remote(): SpanContext | undefined {
    if (this.#remote === undefined) this.#remote = (isCarrier(this.#carrier) && remoteSpan(this.#carrier)) || null;
    return this.#remote ?? undefined;
  }

  /** The spans of a batch's messages, in their order; those without a valid `traceparent` are left out. */
  get links(): readonly SpanContext[] {
    if (this.#carrier === undefined) return [];
    const carriers = isCarrier(this.#carrier) ? [this.#carrier] : this.#carrier;
    return carriers.map(remoteSpan).filter((span) => span !== undefined);
  }

  /** What goes out as `traceparent`: the trace around or received, else a new one that is not sampled. */
  get spanContext(): SpanContext {
    this.#spanContext ??= this.#localSpan()?.spanContext() ?? this.remote ?? this.#spanAround()?.spanContext() ?? newSpanContext();
    return this.#spanContext;
  }

  /** Runs `fn` inside: context logger, correlation id and trace are found anywhere below it. */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    return contextStore.run(this, fn, ...args);
  }

  /** Takes the end over from `inbound` or `outbound`: whoever calls this calls {@link end}. For streams. */
  hold(): void {
    this.#held = true;
  }

  /** Goes on as another operation, for a caller that knows more than who began it: the route behind a plain listener. */
  become(operation: Operation): void {
    if (this.#ended || operation === this.#operation) return;
    this.#operation.handOver(operation);
    this.#operation = operation;
  }

  /** Ends it: counted and timed once, whoever calls again. */
  end(outcome?: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    const error = outcome?.error;
    const status = outcome?.status ?? (error === undefined ? 'ok' : 'error');
    this.#operation.record((performance.now() - this.#startedAt) / 1000, status, error);
  }

  /** Writes correlation id, `traceparent`, `tracestate` and `baggage` to a carrier that leaves. */
  inject(carrier: Carrier): void {
    carrier.set(CORRELATION_HEADER, this.correlationId);
    const span = this.spanContext;
    carrier.set(TRACEPARENT, formatTraceParent(span));
    const state = span.traceState?.serialize();
    if (state !== undefined && state !== '') carrier.set(TRACESTATE, state);
    const baggage = this.getValue(BAGGAGE_KEY) as Baggage | undefined;
    const text = baggage === undefined ? '' : formatBaggage(baggage);
    if (text !== '') carrier.set(BAGGAGE, text);
  }

  getValue(key: symbol): unknown {
    switch (key) {
      case OPERATION_KEY:
        return this;
      case LOGGER_KEY:
        return this.logger;
      case CORRELATION_KEY:
        return this.correlationId;
      case SPAN_KEY:
        return this.#localSpan() ?? trace.wrapSpanContext(this.spanContext);
      case BAGGAGE_KEY:
        return this.#receivedBaggage() ?? this.#parent?.getValue(key);
      default:
        return this.#parent?.getValue(key);
    }
  }

  setValue(key: symbol, value: unknown): Context {
    return childContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return childContext(this, key, undefined);
  }

  #receivedId(): string | undefined {
    const id = isCarrier(this.#carrier) ? this.#carrier.get(CORRELATION_HEADER) : undefined;
    return id !== undefined && isCorrelationId(id) ? id : undefined;
  }

  #receivedBaggage(): Baggage | undefined {
    const header = isCarrier(this.#carrier) ? this.#carrier.get(BAGGAGE) : undefined;
    return header === undefined ? undefined : parseBaggage(header);
  }

  /**
   * A span that an SDK in this process made for the same work (auto-instrumentation): ours to use, not to double. Where
   * the carrier tells of another trace, what is active here is not the same work.
   */
  #localSpan(): Span | undefined {
    const span = this.#spanAround();
    const context = span?.spanContext();
    if (context === undefined || context.isRemote === true) return undefined;
    return this.remote === undefined || this.remote.traceId === context.traceId ? span : undefined;
  }

  #spanAround(): Span | undefined {
    return this.#parent?.getValue(SPAN_KEY) as Span | undefined;
  }

  #createLogger(): Logger {
    const parent = (this.#parent?.getValue(LOGGER_KEY) as Logger | undefined) ?? fromContext();
    const fields = { [CORRELATION_FIELD]: this.correlationId };
    const span = this.#loggedSpan();
    return parent.sub(span === undefined ? fields : { ...fields, trace_id: span.traceId, span_id: span.spanId });
  }

  /**
   * The span whose ids log lines carry: one that was received, or one that an SDK made around us. Ids that we made up for an
   * outgoing call and nobody records would only lead readers to an empty trace; those of the operation around are in its logger.
   */
  #loggedSpan(): SpanContext | undefined {
    if (this.remote !== undefined) return this.spanContext;
    if (this.#parent === undefined || this.#parent instanceof ActiveOperation) return undefined;
    const span = this.#localSpan()?.spanContext();
    const around = this.#parent.getValue(OPERATION_KEY) as ActiveOperation | undefined;
    return around?.spanContext === span ? undefined : span;
  }
}

function isCarrier(carrier: Carrier | readonly Carrier[] | undefined): carrier is Carrier {
  return carrier !== undefined && !Array.isArray(carrier);
}

function remoteSpan(carrier: Carrier): SpanContext | undefined {
  const header = carrier.get(TRACEPARENT);
  const parent = header === undefined ? undefined : parseTraceParent(header);
  if (parent === undefined) return undefined;
  // tracestate alone means nothing, and a bad one does not spoil the traceparent (W3C Trace Context §4.3).
  const state = carrier.get(TRACESTATE);
  const list = state === undefined ? undefined : parseTraceState(state);
  return list === undefined ? { ...parent, isRemote: true } : { ...parent, isRemote: true, traceState: createTraceState(list) };
}
