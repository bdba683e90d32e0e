import type { RequestListener } from 'node:http';
import {
  type Component,
  componentConfig,
  cutFailure,
  HttpListener,
  instrument,
  type ListenerOptions,
  type RunContext,
} from '@patron/core/http';

/** Options of an {@link HttpComponent}: those of the service's own listener, and what it serves. */
export interface HttpComponentOptions extends ListenerOptions {
  /** Unique in its service; in log lines, /ready, /info, metrics and errors. */
  readonly name: string;
  /** What it serves: `routes(…)`, an express app, a plain listener. */
  readonly handler: RequestListener;
}

/** How long a connection has to be quiet in the stop before it is closed, as with the service's own listener. */
const QUIET_MS = 1000;
/** Who connects meanwhile has no request on its way yet. */
const QUIET_AT_CLOSE_MS = 250;

/**
 * A further HTTP server of a service, on a port or a Unix socket of its own. Its requests are logged, traced, counted and
 * drained as those of the service's own listener; it has no management endpoints. It takes nothing from the environment.
 *
 * @example
 * ```ts
 * import { Service } from '@patron/core';
 * import { get, HttpComponent, routes } from '@patron/http';
 *
 * const admin = new HttpComponent({
 *   name: 'admin',
 *   host: '127.0.0.1',
 *   port: 0, // any free one; the log and GET /info have the address
 *   handler: routes([get('/jobs', () => [])]),
 * });
 * await new Service({ name: 'shop', components: [admin] }).run(AbortSignal.timeout(100));
 * ```
 */
export class HttpComponent implements Component {
  readonly name: string;
  readonly #listener: HttpListener;
  #serving = false;

  /** @throws ConfigurationError (`PATRON_CONFIGURATION_INVALID`) that lists every bad option. */
  constructor(options: HttpComponentOptions) {
    const config = componentConfig(options);
    this.name = config.name;
    this.#listener = new HttpListener({ ...config, handler: instrument(config.handler) });
  }

  /** Where it listens, `http://localhost:8080` or `unix:/run/shop.sock`; undefined before and after. */
  get address(): string | undefined {
    return this.#listener.address;
  }

  /**
   * Serves until `signal` aborts; then asks the clients to leave, serves those that are connected until they have, and closes.
   * @throws ListenError where it can't listen, and a ComponentError that names the requests that `deadline` has cut.
   */
  async run({ signal, deadline }: RunContext): Promise<void> {
    if (signal.aborted) return;
    try {
      await this.#listener.listen();
    } catch (error) {
      await this.#listener.close(deadline); // it may listen, and the permissions of its socket be what failed
      throw error;
    }
    this.#serving = true;
    await aborted(signal);
    this.#serving = false;
    await this.#listener.drain(QUIET_MS, deadline);
    const cut = await this.#listener.close(deadline, QUIET_AT_CLOSE_MS);
    if (cut.length > 0) throw cutFailure(this.name, cut);
  }

  /** Ready while it listens and no stop was asked for. */
  ready(): { ready: boolean; reason?: string } {
    return this.#serving ? { ready: true } : { ready: false, reason: 'does not listen' };
  }

  /** Address, open connections, and the certificate where there is one. */
  info(): Record<string, unknown> {
    return this.#listener.info();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
