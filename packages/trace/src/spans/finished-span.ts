import type { Attributes, HrTime, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';

/** What made a span: a library and its version. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
}

/** Whose spans these are: the service, its version, its host. The shape that exporters of the OpenTelemetry SDK read. */
export interface Resource {
  readonly attributes: Attributes;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
  merge(other: Resource | null): Resource;
  getRawAttributes(): [string, Attributes[string]][];
}

/** Something that happened at one moment of a span: an exception, above all. */
export interface SpanEvent {
  readonly name: string;
  readonly time: HrTime;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
}

/** Another span that this one has to do with: those of a batch's messages. */
export interface SpanLink {
  readonly context: SpanContext;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
}

/** A span as exporters read it: `ReadableSpan` of the OpenTelemetry SDK, by shape, so that each of its exporters fits. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext: SpanContext | undefined;
  /** Seconds and nanoseconds since 1970. */
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: readonly SpanLink[];
  readonly events: readonly SpanEvent[];
  readonly ended: boolean;
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  spanContext(): SpanContext;
}

/** What an exporter says of a batch. */
export interface ExportResult {
  /** 0 is success, 1 failure. */
  readonly code: number;
  readonly error?: Error;
  /** Spans of a batch that went through which the receiver refused all the same (OTLP partial success). @default 0 */
  readonly rejected?: number;
}

/** Where finished spans go: `SpanExporter` of the OpenTelemetry SDK, by shape. */
export interface SpanExporter {
  export(spans: FinishedSpan[], done: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}
