import type { Attributes, AttributeValue } from '@opentelemetry/api';

/** What a span keeps at the most (OpenTelemetry specification, "Span Limits"). */
export interface SpanLimits {
  /** Attributes of a span. @default 128, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT */
  attributes: number;
  /** Characters of a string attribute. @default unlimited, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT */
  valueLength: number;
  /** Events of a span. @default 128, OTEL_SPAN_EVENT_COUNT_LIMIT */
  events: number;
  /** Links of a span. @default 128, OTEL_SPAN_LINK_COUNT_LIMIT */
  links: number;
}

export const DEFAULT_LIMITS: SpanLimits = { attributes: 128, valueLength: Number.POSITIVE_INFINITY, events: 128, links: 128 };

/** A value within the limit; undefined for one that is no attribute value. */
export function limitValue(value: unknown, length: number): AttributeValue | undefined {
  if (typeof value === 'string') return value.length > length ? value.slice(0, length) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (!Array.isArray(value)) return undefined;
  const items: unknown[] = value.filter(
    (item) => item === null || item === undefined || ['string', 'number', 'boolean'].includes(typeof item),
  );
  return items.map((item) => (typeof item === 'string' && item.length > length ? item.slice(0, length) : item)) as AttributeValue;
}

/** A copy of attributes within the limits, for events and links. @returns also how many were left out */
export function limitAttributes(attributes: Attributes | undefined, limits: SpanLimits): { kept: Attributes; dropped: number } {
  const kept: Attributes = {};
  let count = 0;
  let dropped = 0;
  for (const name in attributes) {
    const value = limitValue(attributes[name], limits.valueLength);
    if (value === undefined) continue;
    if (count === limits.attributes) dropped++;
    else {
      kept[name] = value;
      count++;
    }
  }
  return { kept, dropped };
}
