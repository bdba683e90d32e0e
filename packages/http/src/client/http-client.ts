import { AsyncResource } from 'node:async_hooks';
import { outbound } from '@patron/trace';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { Method } from '../route.ts';
import { type Asked, type Call, prepareCall, printableTarget } from './call.ts';
import { CallCarrier } from './carrier.ts';
import { type FailedCall, HttpClientError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { failedCall } from './failure.ts';
import { ClientOperations } from './operations.ts';
import { type ClientConfig, type HttpClientOptions, resolveOptions } from './options.ts';
import { releaseBody } from './request-body.ts';
import type { BodyOptions, CallOptions, Last, ParamsOf, RequestOptions } from './request-options.ts';
import type { HttpClientResponse } from './response.ts';
import { withinDeadline } from './within-deadline.ts';

/**
 * Calls other services over HTTP. Each call carries trace context and correlation id of the work around it onwards, is
 * timed and counted, and has a deadline. Connections are kept and shared by the calls of a client: make one per service
 * that is called, and give it to `resources`, so that a stop closes it after whoever uses it.
 *
 * No status is an error, and no redirect is followed: look at `ok`, or use `throwIfNotOk()`.
 *
 * @example
 * ```ts service
 * import { Service } from '@patron/core';
 * import { get, routes } from '@patron/http';
 * import { HttpClient } from '@patron/http/client';
 *
 * const stock = new HttpClient({ baseUrl: 'http://stock:50000', timeoutMs: 2000 });
 *
 * const service = new Service({
 *   name: 'shop',
 *   http: routes([
 *     get('/items/:id', async ({ params, signal }) => {
 *       const answer = await stock.get('/stock/:item', { params: { item: params.id }, signal });
 *       return { id: params.id, stock: await answer.throwIfNotOk().json() };
 *     }),
 *   ]),
 *   resources: [stock],
 * });
 * await service.run();
 * ```
 */
export class HttpClient {
  /** What a service calls it, as one of its resources. */
  readonly name: string;
  readonly #config: ClientConfig;
  readonly #dispatcher: Dispatcher;
  readonly #operations = new ClientOperations();
  readonly #exchanges = new Set<Exchange>();
  #closing: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  /** @throws HttpClientOptionsError that names every bad option. */
  constructor(options: HttpClientOptions = {}) {
    this.#config = resolveOptions(options);
    this.name = this.#config.name;
    this.#dispatcher = this.#config.dispatcher ?? createAgent(this.#config);
  }

  /**
   * Sends a GET.
   *
   * @param to - A path below `baseUrl`, or an absolute URL. What begins with `:` is a param, filled from `params`, encoded;
   * the path as written here is then the call's name in metrics and traces.
   * @returns the answer once its head is there, whatever its status.
   * @throws HttpClientError PATRON_HTTP_CLIENT_REQUEST_INVALID before anything is sent; _FAILED, _TIMEOUT, _CLOSED. The reason
   * of `signal`, where that aborts.
   */
  get<const Target extends string>(to: Target, ...[options]: Last<CallOptions & ParamsOf<Target>>): Promise<HttpClientResponse> {
    return this.#send('GET', to, options);
  }

  /** Sends a HEAD: an answer without a body. Parameters as those of {@link get}. */
  head<const Target extends string>(to: Target, ...[options]: Last<CallOptions & ParamsOf<Target>>): Promise<HttpClientResponse> {
    return this.#send('HEAD', to, options);
  }

  /**
   * Sends a POST, of `json` or of a `body`. Parameters as those of {@link get}.
   *
   * @example
   * ```ts no-run
   * import { HttpClient } from '@patron/http/client';
   *
   * const orders = new HttpClient({ baseUrl: 'http://orders:50000' });
   * const answer = await orders.post('/orders', { json: { item: 'tea' }, timeoutMs: 1000 });
   * console.log(answer.status, answer.header('location'));
   * ```
   */
  post<const Target extends string>(to: Target, ...[options]: Last<BodyOptions & ParamsOf<Target>>): Promise<HttpClientResponse> {
    return this.#send('POST', to, options);
  }

  /** Sends a PUT. Parameters as those of {@link post}. */
  put<const Target extends string>(to: Target, ...[options]: Last<BodyOptions & ParamsOf<Target>>): Promise<HttpClientResponse> {
    return this.#send('PUT', to, options);
  }

  /** Sends a PATCH. Parameters as those of {@link post}. */
  patch<const Target extends string>(to: Target, ...[options]: Last<BodyOptions & ParamsOf<Target>>): Promise<HttpClientResponse> {
    return this.#send('PATCH', to, options);
  }

  /** Sends a DELETE. Parameters as those of {@link post}. */
  delete<const Target extends string>(to: Target, ...[options]: Last<BodyOptions & ParamsOf<Target>>): Promise<HttpClientResponse> {
    return this.#send('DELETE', to, options);
  }

  /**
   * Sends any request: `path` below the client's `baseUrl`, or an absolute `url`.
   *
   * @example
   * ```ts no-run
   * import { HttpClient } from '@patron/http/client';
   *
   * const client = new HttpClient();
   * const answer = await client.request({ method: 'OPTIONS', url: 'https://example.com/orders/:id', params: { id: 'a/b' } });
   * console.log(answer.header('allow'));
   * ```
   */
  request<const Target extends string>(options: RequestOptions<Target>): Promise<HttpClientResponse> {
    const { method = 'GET', path, url, ...rest } = options as RequestOptions;
    return this.#send(method, path ?? url, rest);
  }

  /**
   * Takes no more calls, waits for those that go on, bodies included, and closes the connections.
   *
   * @param deadline - When it aborts, calls that still go on fail with PATRON_HTTP_CLIENT_CLOSED. @default each call's own timeout
   */
  close(deadline?: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(deadline);
    return this.#closing;
  }

  async #send(method: Method, to: unknown, asked: Asked = {}): Promise<HttpClientResponse> {
    if (this.#closing !== undefined || asked.signal?.aborted === true) {
      releaseBody(asked.body);
      asked.signal?.throwIfAborted();
      throw closed({ method, url: printableTarget(this.#config.base, to) });
    }
    const call = prepareCall(this.#config, method, to, asked);
    // A retry and a circuit breaker belong around this: each attempt is an operation, and a span, of its own.
    return this.#attempt(withinDeadline(call, this.#config.timeoutHeader));
  }

  #attempt(call: Call): Promise<HttpClientResponse> {
    const carrier = new CallCarrier(call);
    return outbound(this.#operations.of(call.method, call.target), carrier, (active) => {
      active.hold(); // it goes on until the last byte of the body
      const exchange = new Exchange(call, active, (over) => this.#forget(over));
      this.#exchanges.add(exchange);
      return exchange.send(this.#dispatcher, carrier.headers);
    });
  }

  #forget(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.#onIdle?.();
  }

  async #close(deadline: AbortSignal | undefined): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      if (this.#exchanges.size === 0) resolve();
    });
    const giveUp = (): void => {
      for (const exchange of [...this.#exchanges]) exchange.abort((call) => closed(failedCall(call)));
    };
    if (deadline?.aborted === true) giveUp();
    deadline?.addEventListener('abort', giveUp, { once: true });
    await idle;
    deadline?.removeEventListener('abort', giveUp);
    if (this.#config.dispatcher === undefined) await this.#dispatcher.destroy();
  }
}

function closed(call: FailedCall): HttpClientError {
  return new HttpClientError('PATRON_HTTP_CLIENT_CLOSED', call, 'the client was closed');
}

function createAgent({ tls, connectTimeoutMs, keepAliveTimeoutMs, maxConnections }: ClientConfig): Agent {
  return new Agent({
    // Bound to here: a connection outlives the call that opens it, and would keep the context of that one as long as it stands.
    connect: AsyncResource.bind(buildConnector({ ...tls, timeout: connectTimeoutMs })),
    keepAliveTimeout: keepAliveTimeoutMs,
    connections: maxConnections ?? null,
  });
}
