import type { Attributes } from '@opentelemetry/api';

/**
 * Where a transport keeps its headers: an HTTP request, a Kafka record, gRPC metadata. A transport adds one small class.
 *
 * `get` is given lower-case names and has to find them in any case. Where a header occurs twice, `get` answers the values
 * joined by `, ` as HTTP does (RFC 9110 §5.3): a doubled `traceparent` is then malformed, and ignored, as it has to be.
 */
export interface Carrier {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** The names of all headers, in any case; needed for Jaeger's baggage, whose keys are names. @default none */
  keys?(): Iterable<string>;
  /** What a span tells of this message, by the semantic conventions. Asked only where one is recorded. @default none */
  attributes?(): Attributes;
}

/** A carrier over a plain object, for messages whose headers are one. Names are matched in any case. */
export class ObjectCarrier implements Carrier {
  readonly #headers: Record<string, string>;

  constructor(headers: Record<string, string>) {
    this.#headers = headers;
  }

  get(name: string): string | undefined {
    if (Object.hasOwn(this.#headers, name)) return this.#headers[name];
    for (const key of Object.keys(this.#headers)) if (key.toLowerCase() === name) return this.#headers[key];
    return undefined;
  }

  set(name: string, value: string): void {
    this.#headers[name] = value;
  }

  keys(): Iterable<string> {
    return Object.keys(this.#headers);
  }
}

/** Whether it is the carrier of one message; not where it is those of a batch, or none. */
export function isCarrier(carrier: Carrier | readonly Carrier[] | undefined): carrier is Carrier {
  return carrier !== undefined && !Array.isArray(carrier);
}
