import {
  type Attributes,
  type AttributeValue,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from '@opentelemetry/api';
import { fromTimeInput, toHrTime } from './clock.ts';
import { limitAttributes, limitValue, type SpanLimits } from './limits.ts';
import type { FinishedSpan, InstrumentationScope, Resource, SpanEvent, SpanLink } from './finished-span.ts';

/** What all spans of a recorder have in common. */
export interface SpanHome {
  readonly resource: Resource;
  readonly limits: SpanLimits;
  /** Takes a span that has ended. */
  ended(span: FinishedSpan): void;
}

/** How a span begins. */
export interface SpanSeed {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly scope: InstrumentationScope;
  /** Milliseconds since 1970. */
  readonly startMs: number;
}

/**
 * A span that is recorded: what `@opentelemetry/api` lets everybody write to, and what exporters read from. One exists per
 * sampled operation only.
 */
export class RecordedSpan implements Span, FinishedSpan {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext: SpanContext | undefined;
  readonly instrumentationScope: InstrumentationScope;
  readonly attributes: Attributes = {};
  readonly events: SpanEvent[] = [];
  readonly links: SpanLink[] = [];
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  ended = false;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  readonly #home: SpanHome;
  readonly #context: SpanContext;
  readonly #startMs: number;
  #endMs = 0;
  #count = 0;

  constructor(home: SpanHome, seed: SpanSeed) {
    this.#home = home;
    this.name = seed.name;
    this.kind = seed.kind;
    this.#context = seed.context;
    this.parentSpanContext = seed.parent;
    this.instrumentationScope = seed.scope;
    this.#startMs = seed.startMs;
  }

  get resource(): Resource {
    return this.#home.resource;
  }

  get startTime(): HrTime {
    return toHrTime(this.#startMs);
  }

  get endTime(): HrTime {
    return toHrTime(this.#endMs);
  }

  get duration(): HrTime {
    return toHrTime(this.#endMs - this.#startMs);
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(name: string, value: AttributeValue): this {
    if (this.ended) return this;
    const { attributes, valueLength } = this.#home.limits;
    const kept = limitValue(value, valueLength);
    if (kept === undefined || name === '') return this;
    if (this.attributes[name] === undefined) {
      if (this.#count === attributes) {
        this.droppedAttributesCount++;
        return this;
      }
      this.#count++;
    }
    this.attributes[name] = kept;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const name in attributes) this.setAttribute(name, attributes[name] as AttributeValue);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.ended) return this;
    if (this.events.length === this.#home.limits.events) {
      this.droppedEventsCount++;
      return this;
    }
    const timeOnly = isTime(attributesOrTime);
    const { kept, dropped } = limitAttributes(timeOnly ? undefined : attributesOrTime, this.#home.limits);
    const at = fromTimeInput(timeOnly ? attributesOrTime : time);
    this.events.push({ name, attributes: kept, time: toHrTime(at), droppedAttributesCount: dropped });
    return this;
  }

  addLink(link: Link): this {
    if (this.ended) return this;
    if (this.links.length === this.#home.limits.links) {
      this.droppedLinksCount++;
      return this;
    }
    const { kept, dropped } = limitAttributes(link.attributes, this.#home.limits);
    this.links.push({ context: link.context, attributes: kept, droppedAttributesCount: dropped });
    return this;
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  /** OK is final, and UNSET changes nothing (OpenTelemetry specification, "Set Status"). */
  setStatus(status: SpanStatus): this {
    if (this.ended || status.code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK) return this;
    const { code, message } = status;
    this.status = code === SpanStatusCode.ERROR && typeof message === 'string' ? { code, message } : { code };
    return this;
  }

  updateName(name: string): this {
    if (!this.ended) this.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.addEvent('exception', exceptionAttributes(exception), time);
  }

  end(time?: TimeInput): void {
    if (this.ended) return;
    this.#endMs = Math.max(this.#startMs, fromTimeInput(time));
    this.ended = true;
    this.#home.ended(this);
  }
}

function isTime(value: Attributes | TimeInput | undefined): value is TimeInput {
  return typeof value === 'number' || Array.isArray(value) || Object.prototype.toString.call(value) === '[object Date]';
}

/** The attributes of an `exception` event (semantic conventions, "Exceptions on spans"). */
function exceptionAttributes(exception: Exception): Attributes {
  if (typeof exception === 'string') return { 'exception.message': exception };
  const { code, name, message, stack } = exception as { code?: string | number; name?: string; message?: string; stack?: string };
  const type = name ?? (code === undefined ? undefined : String(code));
  return {
    ...(type !== undefined && { 'exception.type': type }),
    ...(message !== undefined && { 'exception.message': message }),
    ...(stack !== undefined && { 'exception.stacktrace': stack }),
  };
}
