import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { log } from '@patron/log';
import type { Config } from './config.ts';
import type { ComponentError } from './errors.ts';
import { cutFailure } from './http/cut.ts';
import { instrument } from './http/instrument.ts';
import { HttpListener } from './http/listener.ts';
import { answerJson } from './management/answer.ts';
import { type ManagementHandler, managementListener } from './management/endpoints.ts';

/** The default HTTP component: the application's listener, and the management endpoints beside it or on a port of their own. */
export class Front {
  readonly #application: HttpListener;
  readonly #management: HttpListener | undefined;
  #opened = false;

  constructor({ http, management }: Config, endpoints: ManagementHandler) {
    const apart = management.port !== undefined;
    const application = instrument(http.handler ?? notFound);
    const handler = (request: IncomingMessage, response: ServerResponse): void => {
      if (!apart && endpoints(request, response)) return;
      if (this.#application.isLate(request)) tooLate(response);
      else application(request, response);
    };
    this.#application = new HttpListener({ ...http, name: 'http', handler });
    if (management.port !== undefined) {
      this.#management = new HttpListener({
        name: 'management',
        port: management.port,
        host: management.host ?? http.host,
        readTimeoutMs: http.readTimeoutMs,
        writeTimeoutMs: http.writeTimeoutMs,
        keepAliveTimeoutMs: http.keepAliveTimeoutMs,
        handler: managementListener(endpoints),
      });
    }
  }

  /** Opens both listeners, management first: a probe that comes early gets its 503. @throws ListenError */
  async open(): Promise<void> {
    if (this.#management !== undefined) log.info('management listening', { address: await this.#management.listen() });
    log.info('http listening', { address: await this.#application.listen() });
    this.#opened = true;
  }

  /** Asks the clients to leave and serves on until those connected now have left, or `deadline` aborts. */
  async drain(quietMs: number, deadline: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const inFlight = this.#application.due.length;
    // Management is asked for until the very end: those who hold a connection there have to open another one meanwhile.
    await Promise.all([this.#application.drain(quietMs, deadline), this.#management?.drain(quietMs, deadline)]);
    if (!deadline.aborted) log.info('stop: http drained', { inFlight, durationMs: Math.round(performance.now() - startedAt) });
  }

  /** Ends the serving of the application; what is due is finished first. @returns the failure, where the deadline cut answers */
  async endServing(deadline: AbortSignal): Promise<ComponentError | undefined> {
    const cut = await this.#application.lastCall(deadline);
    if (cut.length === 0) return undefined;
    const failure = cutFailure('http', cut);
    log.error(failure.message, { component: 'http', code: failure.code });
    return failure;
  }

  /** Closes both listeners, and what is still connected to them. */
  async close(deadline: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    await Promise.all([this.#application.close(deadline), this.#management?.close(deadline)]);
    if (this.#opened) log.info('stop: http closed', { durationMs: Math.round(performance.now() - startedAt) });
  }
}

const notFound: RequestListener = (_, response) => answerJson(response, 404, { error: 'Not Found' });

/** The application's resources are being closed: better an honest 503 that a balancer retries than an error from within. */
function tooLate(response: ServerResponse): void {
  response.setHeader('Retry-After', '1');
  answerJson(response, 503, { error: 'Service Unavailable' });
}
