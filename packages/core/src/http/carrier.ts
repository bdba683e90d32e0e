import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Carrier } from '@patron/trace';
import { joinedHeader } from './joined-header.ts';
import { requestAttributes } from './request-attributes.ts';

/** The headers of an incoming request, and of its answer. */
export class RequestCarrier implements Carrier {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse | undefined;

  constructor(request: IncomingMessage, response?: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get(name: string): string | undefined {
    return joinedHeader(this.#request, name);
  }

  set(name: string, value: string): void {
    this.#response?.setHeader(name, value);
  }

  keys(): Iterable<string> {
    return this.#request.rawHeaders.filter((_, i) => i % 2 === 0);
  }

  attributes(): Record<string, string | number> {
    return requestAttributes(this.#request);
  }
}
