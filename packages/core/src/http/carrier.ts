import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Carrier } from '@patron/trace';

/**
 * The headers of an incoming request, and of its answer. Reads `rawHeaders`: three look-ups by name are cheaper than the
 * `headers` object, which Node builds only when somebody touches it.
 */
export class RequestCarrier implements Carrier {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse | undefined;

  constructor(request: IncomingMessage, response?: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get(name: string): string | undefined {
    const raw = this.#request.rawHeaders;
    let value: string | undefined;
    for (let i = 0; i < raw.length; i += 2) {
      const header = raw[i] as string;
      if (header.length !== name.length || (header !== name && header.toLowerCase() !== name)) continue;
      value = value === undefined ? raw[i + 1] : `${value}, ${raw[i + 1]}`;
    }
    return value;
  }

  set(name: string, value: string): void {
    this.#response?.setHeader(name, value);
  }
}
