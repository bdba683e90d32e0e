import {
  type Baggage,
  createContextKey,
  INVALID_TRACEID,
  type Span,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { childContext, type Context, contextStore, fromContext, LOGGER_KEY, type Logger } from '@patron/log';
import { BAGGAGE, formatBaggage } from './baggage.ts';
import { type Carrier, isCarrier } from './carrier.ts';
import { CORRELATION_FIELD, CORRELATION_HEADER, CORRELATION_KEY, isCorrelationId, newCorrelationId } from './correlation.ts';
import type { Operation } from './operation.ts';
import { errorType, messageOf, type Outcome } from './outcome.ts';
import { receivedBaggage, receivedSpan } from './received.ts';
import { newSpanContext } from './span-context.ts';
import { adoptableSpan, nameAfter } from './spans/adopt.ts';
import { recordOnce } from './spans/record-once.ts';
import { tracing } from './spans/recorder.ts';
import { SUPPRESS_KEY } from './spans/suppress.ts';
import { formatTraceParent, TRACEPARENT } from './traceparent.ts';
import { TRACESTATE } from './tracestate.ts';

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
 * operation that nobody records. Correlation id, trace ids, baggage and logger come into being when somebody asks.
 */
export class ActiveOperation implements Context {
  readonly #parent: Context | undefined = contextStore.active();
  readonly #startedAt = performance.now();
  readonly #carrier: Carrier | readonly Carrier[] | undefined;
  #operation: Operation;
  #correlationId: string | undefined;
  #remote: SpanContext | null | undefined;
  #span: Span | undefined;
  #spanContext: SpanContext | undefined;
  #logger: Logger | undefined;
  #ended = false;
  #held = false;
  #adopted = false;

  constructor(operation: Operation, carrier: Carrier | readonly Carrier[] | undefined) {
    this.#operation = operation;
    this.#carrier = carrier;
    if (tracing.recorder !== undefined) this.#begin();
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

  /** A logger whose lines carry the correlation id, and trace and span id where a trace is recorded or was received. */
  get logger(): Logger {
    this.#logger ??= this.#createLogger();
    return this.#logger;
  }

  /** The span that is recorded of it; undefined where none is. For attributes and events that only the transport knows. */
  get span(): Span | undefined {
    return this.#span?.isRecording() === true ? this.#span : undefined;
  }

  /** The caller's span, where a valid `traceparent` or `uber-trace-id` was received. */
  get remote(): SpanContext | undefined {
    if (this.#remote === undefined) this.#remote = (isCarrier(this.#carrier) && receivedSpan(this.#carrier)) || null;
    return this.#remote ?? undefined;
  }

  /** The spans of a batch's messages, in their order; those without a valid `traceparent` are left out. */
  get links(): readonly SpanContext[] {
    if (this.#carrier === undefined) return [];
    const carriers = isCarrier(this.#carrier) ? [this.#carrier] : this.#carrier;
    return carriers.map(receivedSpan).filter((span) => span !== undefined);
  }

  /** What goes out as `traceparent`: its own span, the trace around or received, else a new one that is not sampled. */
  get spanContext(): SpanContext {
    this.#spanContext ??=
      this.#span?.spanContext() ?? this.#localSpan()?.spanContext() ?? this.remote ?? this.#spanAround()?.spanContext() ?? newSpanContext();
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
    if (this.#span !== undefined) nameAfter(this.#span, operation);
  }

  /** Records what went wrong in the span, if there is one: once, however many operations the error passes through. */
  recordError(error: unknown): void {
    if (this.#span !== undefined) recordOnce(this.#span, error);
  }

  /** Ends it: counted and timed once, whoever calls again. */
  end(outcome?: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    const error = outcome?.error;
    const status = outcome?.status ?? (error === undefined ? 'ok' : 'error');
    const endedAt = performance.now();
    const span = this.#span;
    this.#operation.record(
      (endedAt - this.#startedAt) / 1000,
      status,
      error,
      span?.isRecording() === true ? span.spanContext() : undefined,
    );
    if (span !== undefined) this.#endSpan(span, outcome, endedAt);
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

  /** What the carrier tells of the message goes into the span, where one is recorded. For an outgoing call. @internal */
  describe(carrier: Carrier): void {
    const attributes = this.span === undefined ? undefined : carrier.attributes?.();
    if (attributes !== undefined) this.#span?.setAttributes(attributes);
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
        return this.#span ?? this.#localSpan() ?? trace.wrapSpanContext(this.spanContext);
      case BAGGAGE_KEY:
        return this.#receivedBaggage() ?? this.#parent?.getValue(key);
      case SUPPRESS_KEY:
        // What is inside a call of ours is that call: another instrumentation of the same would make a second span of it.
        return this.#operation.suppressesInner || this.#parent?.getValue(key);
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

  #begin(): void {
    const operation = this.#operation;
    const carrier = this.#carrier;
    const around = this.#spanAround();
    if (operation.isInbound) {
      const adopted = adoptableSpan(operation, around, this.#parent?.getValue(OPERATION_KEY) as ActiveOperation | undefined, this.remote);
      if (adopted !== undefined) {
        this.#span = adopted;
        this.#adopted = true;
        nameAfter(adopted, operation);
        return;
      }
    }
    if (this.#parent?.getValue(SUPPRESS_KEY) === true) return;
    const links = carrier !== undefined && !isCarrier(carrier) ? this.links.map((context) => ({ context })) : [];
    const parent = this.remote ?? around?.spanContext();
    const { name, spanKind: kind, attributes } = operation;
    this.#span = tracing.recorder?.start({
      name,
      kind,
      parent: parent !== undefined && trace.isSpanContextValid(parent) ? parent : undefined,
      startedAt: this.#startedAt,
      attributes,
      links,
      around: this.#parent,
    });
    if (carrier !== undefined && isCarrier(carrier)) this.describe(carrier);
  }

  /** A span that was adopted is ended by whoever made it. */
  #endSpan(span: Span, outcome: Outcome | undefined, endedAt: number): void {
    if (span.isRecording()) {
      const { statusAttribute } = this.#operation;
      const status = outcome?.status;
      if (statusAttribute !== undefined && status !== undefined && status !== '') span.setAttribute(statusAttribute, status);
      const error = outcome?.error;
      if (error !== undefined) {
        span.setAttribute('error.type', errorType(error));
        recordOnce(span, error);
        span.setStatus({ code: SpanStatusCode.ERROR, ...messageOf(error) });
      }
    }
    if (!this.#adopted) span.end(endedAt);
  }

  #receivedId(): string | undefined {
    const id = isCarrier(this.#carrier) ? this.#carrier.get(CORRELATION_HEADER) : undefined;
    return id !== undefined && isCorrelationId(id) ? id : undefined;
  }

  #receivedBaggage(): Baggage | undefined {
    return isCarrier(this.#carrier) ? receivedBaggage(this.#carrier) : undefined;
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

  /** An instrumentation's span that nobody records may have ids of zeros: that is no span, and no trace to go on with. */
  #spanAround(): Span | undefined {
    const span = this.#parent?.getValue(SPAN_KEY) as Span | undefined;
    return span?.spanContext().traceId === INVALID_TRACEID ? undefined : span;
  }

  #createLogger(): Logger {
    const parent = (this.#parent?.getValue(LOGGER_KEY) as Logger | undefined) ?? fromContext();
    const fields = { [CORRELATION_FIELD]: this.correlationId };
    const span = this.#loggedSpan();
    return parent.sub(span === undefined ? fields : { ...fields, trace_id: span.traceId, span_id: span.spanId });
  }

  /**
   * The span whose ids log lines carry: one that is recorded, one that was received, or one that an SDK records around us. Ids
   * that were made up for an outgoing call and nobody records would only lead readers to an empty trace; those of the operation
   * around are in its logger.
   */
  #loggedSpan(): SpanContext | undefined {
    if (this.#span !== undefined && isSampled(this.#span.spanContext())) return this.#span.spanContext();
    if (this.remote !== undefined) return this.spanContext;
    if (this.#parent === undefined || this.#parent instanceof ActiveOperation) return undefined;
    const span = this.#localSpan()?.spanContext();
    if (span === undefined || !isSampled(span)) return undefined;
    const around = this.#parent.getValue(OPERATION_KEY) as ActiveOperation | undefined;
    return around?.spanContext === span ? undefined : span;
  }
}

function isSampled(context: SpanContext): boolean {
  return (context.traceFlags & TraceFlags.SAMPLED) !== 0;
}
