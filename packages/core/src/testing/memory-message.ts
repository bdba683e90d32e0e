import type { Attempt } from '../async/delivery.ts';
import type { Message, MessageHeaders } from '../async/message.ts';
import type { Stored } from './memory-broker.ts';

/** What a handler gets of a {@link MemoryBroker}. */
export class MemoryMessage<T = unknown> implements Message<T> {
  readonly value: T;
  readonly source: string;
  readonly attempt: number;
  readonly deliveries: number;
  readonly #stored: Stored;
  readonly #attempt: Attempt;

  constructor(source: string, stored: Stored, value: unknown, attempt: Attempt) {
    this.value = value as T;
    this.source = source;
    this.attempt = attempt.number;
    this.deliveries = stored.deliveries;
    this.#stored = stored;
    this.#attempt = attempt;
  }

  get body(): Buffer | null {
    return this.#stored.body;
  }

  get headers(): MessageHeaders {
    const entries = Object.entries(this.#stored.headers);
    const all = (name: string): string[] => entries.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
    return {
      get: (name) => all(name)[0],
      getAll: all,
      bytes: (name) => all(name).map((value) => Buffer.from(value))[0],
      names: () => entries.map(([name]) => name),
    };
  }

  get id(): string {
    return this.#stored.id;
  }

  get key(): string | undefined {
    return this.#stored.key;
  }

  get timestamp(): Date {
    return this.#stored.publishedAt;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
}
