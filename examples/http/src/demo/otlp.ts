import { z } from 'zod';
import type { Span } from './span.ts';

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS_ERROR = 2;

const Attributes = z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })).default([]);
const Nanoseconds = z.union([z.string().regex(/^\d{1,20}$/), z.number().nonnegative()]);

const ReceivedSpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number().default(0),
  startTimeUnixNano: Nanoseconds,
  endTimeUnixNano: Nanoseconds,
  status: z.object({ code: z.number().optional() }).default({}),
  events: z.array(z.object({ name: z.string(), attributes: Attributes })).default([]),
});

/** What of an `ExportTraceServiceRequest` in OTLP's JSON is drawn. */
const Request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }).default({ attributes: [] }),
      scopeSpans: z.array(z.object({ spans: z.array(ReceivedSpan).default([]) })).default([]),
    }),
  ),
});

/**
 * The spans of one request of OTLP/HTTP with JSON.
 * @throws Error that says what is wrong with it
 */
export function readSpans(body: string): Span[] {
  return Request.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = attribute(resource.attributes, 'service.name') ?? 'unknown_service';
    const process = ['host.name', 'process.pid'].map((key) => attribute(resource.attributes, key)).join(' ');
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => toSpan(span, service, `${service} ${process}`)));
  });
}

function toSpan(span: z.infer<typeof ReceivedSpan>, service: string, process: string): Span {
  const start = BigInt(span.startTimeUnixNano);
  return {
    traceId: span.traceId,
    id: span.spanId,
    parentId: span.parentSpanId === '' ? undefined : span.parentSpanId,
    service,
    process,
    name: span.name,
    kind: KINDS[span.kind] ?? 'internal',
    startMs: Number(start / 1000n) / 1000,
    durationMs: Number(BigInt(span.endTimeUnixNano) - start) / 1e6,
    failed: span.status.code === STATUS_ERROR,
    errors: span.events
      .filter(({ name }) => name === 'exception')
      .map(({ attributes }) => ['exception.type', 'exception.message'].map((key) => attribute(attributes, key) ?? '?').join(': ')),
  };
}

function attribute(attributes: z.infer<typeof Attributes>, key: string): string | undefined {
  const value = attributes.find((one) => one.key === key)?.value;
  return value === undefined ? undefined : String(Object.values(value)[0]);
}
