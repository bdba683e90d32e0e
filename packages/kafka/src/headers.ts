import type { MessageHeaders } from '@patron/core/async';
import type { RawHeader } from './client.ts';

const NONE: readonly RawHeader[] = [];

/**
 * The name of a header. node-rdkafka makes an object of each header, with its name as the property; one that is called
 * `__proto__` becomes that object's prototype instead.
 */
export function nameOf(header: RawHeader): string {
  for (const name in header) return Object.hasOwn(header, name) ? name : '__proto__';
  return '__proto__';
}

/** The value of a header, by its {@link nameOf}. */
export function valueOf(header: RawHeader, name: string): Buffer {
  const value: unknown = Object.hasOwn(header, name) ? header[name] : Object.getPrototypeOf(header);
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

/** The values of a header, `lower` in lower case, as Kafka allows it more than once. */
function* find(headers: readonly RawHeader[], lower: string): Generator<Buffer> {
  for (const header of headers) {
    const name = nameOf(header);
    if (isNamed(name, lower)) yield valueOf(header, name);
  }
}

/** All values of a header, joined by `, ` as HTTP does. For what trace and correlation are read from. */
export function textOf(headers: readonly RawHeader[] = NONE, lower: string): string | undefined {
  let text: string | undefined;
  for (const header of headers) {
    const name = nameOf(header);
    if (!isNamed(name, lower)) continue;
    const value = valueOf(header, name).toString();
    text = text === undefined ? value : `${text}, ${value}`;
  }
  return text;
}

function isNamed(name: string, lower: string): boolean {
  return name === lower || (name.length === lower.length && name.toLowerCase() === lower);
}

/** The headers of a record, read when somebody asks. */
export class KafkaHeaders implements MessageHeaders {
  readonly #headers: readonly RawHeader[];

  constructor(headers: readonly RawHeader[] = NONE) {
    this.#headers = headers;
  }

  get(name: string): string | undefined {
    return this.bytes(name)?.toString();
  }

  getAll(name: string): string[] {
    return [...find(this.#headers, name.toLowerCase())].map(String);
  }

  bytes(name: string): Buffer | undefined {
    for (const value of find(this.#headers, name.toLowerCase())) return value;
    return undefined;
  }

  names(): string[] {
    return [...new Set(this.#headers.map(nameOf))];
  }
}
