import type { Carrier } from '@patron/trace';
import type { OutgoingHeader } from './producer-client.ts';

/** The headers of a record that leaves. */
export class RecordCarrier implements Carrier {
  /** As they are sent, in this order. */
  readonly headers: OutgoingHeader[];
  /** Those that were there before: most records have none. */
  #given: number;
  readonly #key: string | Uint8Array | null | undefined;
  readonly #value: Uint8Array | null;

  constructor(headers: OutgoingHeader[], key: string | Uint8Array | null | undefined, value: Uint8Array | null) {
    this.headers = headers;
    this.#given = headers.length;
    this.#key = key;
    this.#value = value;
  }

  get(name: string): string | undefined {
    for (const header of this.headers) for (const key in header) if (key.toLowerCase() === name) return header[key];
    return undefined;
  }

  /** Replaces what is there: a record that is passed on has a `traceparent` of before. */
  set(name: string, value: string): void {
    for (let i = this.#given - 1; i >= 0; i--) {
      for (const key in this.headers[i]) {
        if (key.length !== name.length || key.toLowerCase() !== name) continue;
        this.headers.splice(i, 1);
        this.#given--;
      }
    }
    this.headers.push({ [name]: value });
  }

  /** By the semantic conventions for Kafka. */
  attributes(): Record<string, string | number | boolean> {
    const value = this.#value;
    return {
      'messaging.operation.type': 'send',
      ...(typeof this.#key === 'string' && { 'messaging.kafka.message.key': this.#key }),
      ...(value === null ? { 'messaging.kafka.message.tombstone': true } : { 'messaging.message.body.size': value.length }),
    };
  }
}
