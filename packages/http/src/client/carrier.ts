import type { Carrier } from '@patron/trace';
import type { Call } from './call.ts';
import { redactPath } from './query.ts';
import type { HeaderList } from './request-headers.ts';

/** The headers of a call that leaves. */
export class CallCarrier implements Carrier {
  readonly #call: Call;
  /** As it is sent: name, value, name, value. A list per attempt, as each has a `traceparent` of its own. */
  readonly headers: HeaderList;

  constructor(call: Call) {
    this.#call = call;
    this.headers = [...call.headers];
  }

  get(name: string): string | undefined {
    let value: string | undefined;
    for (let i = 0; i < this.headers.length; i += 2) {
      if (this.headers[i] === name) value = value === undefined ? this.headers[i + 1] : `${value}, ${this.headers[i + 1]}`;
    }
    return value;
  }

  set(name: string, value: string): void {
    const lower = name.toLowerCase();
    for (let i = 0; i < this.headers.length; i += 2) {
      if (this.headers[i] !== lower) continue;
      this.headers[i + 1] = value;
      return;
    }
    this.headers.push(lower, value);
  }

  /**
   * What a span of this call says, by the semantic conventions for HTTP clients. URLs have no credentials, as no call is
   * made to one that has; the values of a query are left out, as any of them may be a secret.
   */
  attributes(): Record<string, string | number> {
    const { method, target, protocolVersion } = this.#call;
    return {
      'http.request.method': method,
      'server.address': target.address,
      'server.port': target.port,
      'url.full': target.origin + redactPath(target.path),
      ...(target.template !== '' && { 'url.template': target.template }),
      ...(protocolVersion !== undefined && { 'network.protocol.version': protocolVersion }),
    };
  }
}
