import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { RequestCarrier } from '@patron/core/http';
import { requireJson, requireText } from './body/accept.ts';
import { decodeJson, decodeText } from './body/json.ts';
import { readBody } from './body/read.ts';
import type { Exchange } from './exchange.ts';
import { checkHeader } from './headers.ts';
import { AnswerError } from './errors.ts';
import type { Params } from './params.ts';
import { parseQuery, type RawQuery } from './query.ts';
import { clientSignal } from './signal.ts';
import { queryOf } from './target.ts';

/**
 * A request, as handlers and middlewares see it. What costs something is made when somebody asks for it.
 *
 * @typeParam P - The params of the route's path.
 * @typeParam B - What the route's `body` schema makes of the body.
 * @typeParam Q - What the route's `query` schema makes of the query.
 *
 * @example
 * ```ts
 * import { get, type HttpRequest, routes } from '@patron/http';
 *
 * // A handler of its own says which params it expects; a path without them does not compile.
 * const show = async ({ params, searchParams, signal, correlationId }: HttpRequest<{ readonly id: string }>) => {
 *   signal.throwIfAborted(); // the client has gone
 *   return { id: params.id, tags: searchParams.getAll('tag'), correlationId };
 * };
 * routes([get('/orders/:id', show)]);
 * ```
 */
export class HttpRequest<P = Params, B = unknown, Q = RawQuery> {
  /** The path, without the query, in the one spelling that the router matched: `/%61dmin` is `/admin` here too. */
  readonly path: string;
  /** The values of the route's params, decoded. A value may hold any character, `/` and `..` too: it is input. */
  readonly params: P;
  readonly #exchange: Exchange;
  #body: unknown;
  #query: unknown;
  #searchParams: URLSearchParams | undefined;
  #bytes: Promise<Buffer> | undefined;
  #signal: AbortSignal | undefined;

  /** @internal */
  constructor(exchange: Exchange, path: string, params: P) {
    this.#exchange = exchange;
    this.path = path;
    this.params = params;
  }

  /** Keeps what the schemas of a route made of its input, for its handler. @internal */
  static accept(request: HttpRequest, input: { readonly body?: unknown; readonly query?: unknown }): void {
    request.#body = input.body;
    request.#query = input.query ?? request.#query;
  }

  /** The method as it was sent: HEAD, where the handler of a GET route answers it. */
  get method(): string {
    return this.raw.method ?? 'GET';
  }

  /** The request target as it was sent: path and query. */
  get url(): string {
    return this.raw.url ?? '/';
  }

  /** The pattern of the route, `/orders/:id`; undefined where no route has the path. */
  get route(): string | undefined {
    return this.#exchange.endpoint.pattern;
  }

  /** Node's request: a stream of the body, for a route that reads it by itself. No limit holds for that. */
  get raw(): IncomingMessage {
    return this.#exchange.raw;
  }

  /** The query: what the route's schema made of it, else {@link RawQuery}. In middlewares the latter, until `next`. */
  get query(): Q {
    this.#query ??= parseQuery(queryOf(this.url));
    return this.#query as Q; // what a schema made of it is put here before the handler runs
  }

  /** The query as it came, for `get` (the first value of a name) and `getAll`. */
  get searchParams(): URLSearchParams {
    this.#searchParams ??= new URLSearchParams(queryOf(this.url));
    return this.#searchParams;
  }

  /** The headers as Node gives them: of some that may occur once, the first counts. */
  get headers(): IncomingHttpHeaders {
    return this.raw.headers;
  }

  /**
   * One header; the name in any case. Where it occurs more than once, the values joined by `, ` (RFC 9110 §5.3), so that a
   * doubled one is seen and not half of it read.
   */
  header(name: string): string | undefined {
    return new RequestCarrier(this.raw).get(name.toLowerCase());
  }

  /** The body, as the route's schema made it; undefined without one, and in middlewares before `next`. */
  get body(): B {
    return this.#body as B; // put here by the schema before the handler runs
  }

  /**
   * The body as bytes, as they were sent; empty where there is none. Read once, up to the route's `maxBodyBytes`.
   * @throws HttpError 413; BodyReadError where someone read it from `raw`; ClientGoneError.
   */
  bytes(): Promise<Buffer> {
    this.#bytes ??= readBody(this.#exchange);
    return this.#bytes;
  }

  /** The body as text. @throws HttpError 413; 415 for a charset other than UTF-8 or a compressed body; 400 for invalid UTF-8. */
  async text(): Promise<string> {
    requireText((name) => this.header(name));
    return decodeText(await this.bytes());
  }

  /**
   * The body as JSON that nobody has validated; a route with a `body` schema finds it in {@link body}.
   * @throws HttpError 413; 415 where it is not JSON in UTF-8, or compressed; 400 where it is invalid, nested deeper than 100
   * levels, or has a key that reaches prototypes.
   */
  async json(): Promise<unknown> {
    if (this.#exchange.announced !== 0) requireJson((name) => this.header(name));
    return decodeJson(await this.bytes());
  }

  /** Aborts when the client goes before it has its whole answer. Its reason has the code `PATRON_HTTP_CLIENT_GONE`. */
  get signal(): AbortSignal {
    this.#signal ??= clientSignal(this.#exchange.response);
    return this.#signal;
  }

  /** The id of this request in logs and calls; received where it was valid, else new. The answer carries it too. */
  get correlationId(): string {
    return this.#exchange.active.correlationId;
  }

  /** The address of the peer: the client's, or that of the last proxy. */
  get remoteAddress(): string | undefined {
    return this.raw.socket.remoteAddress;
  }

  /**
   * A header for the answer, whatever the answer will be: an error and a 404 carry it too. For middlewares; a handler has
   * `respond`, whose headers win. @throws AnswerError for a header that can't be sent.
   */
  setResponseHeader(name: string, value: string | readonly string[]): void {
    if (checkHeader(name, value) === 'content-length')
      throw new AnswerError('header "content-length" can\'t be set before the body is known');
    this.#exchange.response.setHeader(name, value);
  }
}
