import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { clientAddressOf, type Peer, peerOf, RequestCarrier, stoppingOf } from '@patron/core/http';
import { HeaderLine } from './answer-headers.ts';
import { requireJson, requireText } from './body/accept.ts';
import { decodeJson, decodeText } from './body/json.ts';
import { readBody } from './body/read.ts';
import type { Input } from './contract/input.ts';
import type { Exchange } from './exchange.ts';
import { sendEarlyHints } from './early-hints.ts';
import { checkHeader, type ResponseHeaders } from './headers.ts';
import { AnswerError } from './errors.ts';
import { decodeBody } from './negotiation/decode-body.ts';
import type { Params } from './params.ts';
import { parseQuery, type RawQuery } from './query.ts';
import { abortedByClient } from './signal.ts';
import { queryOf } from './target.ts';

/**
 * A request, as handlers and middlewares see it. What costs something is made when somebody asks for it.
 *
 * @typeParam P - The params of the route's path, or what its `params` schema makes of them.
 * @typeParam B - What the route's `body` schema makes of the body.
 * @typeParam Q - What the route's `query` schema makes of the query.
 * @typeParam H - What the route's `headers` schema makes of the headers.
 * @typeParam A - Who the route's authenticator says that asks.
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
export class HttpRequest<P = Params, B = unknown, Q = RawQuery, H = IncomingHttpHeaders, A = unknown> {
  /**
   * The path, without the query, in the one spelling of its route: `/%61dmin` is `/admin` here too, and so is `/Admin/` where
   * `routes()` makes them one.
   */
  readonly path: string;
  /** The values of the route's params, decoded. A value may hold any character, `/` and `..` too: it is input. */
  readonly params: P;
  readonly #exchange: Exchange;
  #input: Input | undefined;
  #principal: unknown;
  #query: unknown;
  #searchParams: URLSearchParams | undefined;
  #bytes: Promise<Buffer> | undefined;
  #abort: AbortController | undefined;
  #endsAt: number | undefined;

  /** @internal */
  constructor(exchange: Exchange, path: string, params: P) {
    this.#exchange = exchange;
    this.path = path;
    this.params = params;
  }

  /** What is behind a request, for the middlewares of this package. @internal */
  static exchangeOf(request: HttpRequest): Exchange {
    return request.#exchange;
  }

  /** Keeps what the schemas of a route made of its input, for its handler. @internal */
  static accept(request: HttpRequest, input: Input): void {
    request.#input = input;
    request.#query = input.query ?? request.#query;
    if (input.params !== undefined) (request as { params: unknown }).params = input.params;
  }

  /** Keeps who asks, for the middlewares and the handler behind the guard. @internal */
  static identify(request: HttpRequest, principal: unknown): void {
    request.#principal = principal;
  }

  /** Whether that is earlier than all that was said before, by the clock of `performance.now()`. @internal */
  static endsBy(request: HttpRequest, at: number): boolean {
    if (request.#endsAt !== undefined && request.#endsAt <= at) return false;
    request.#endsAt = at;
    return true;
  }

  /** Aborts its signal, also one that nobody has asked for yet. @internal */
  static expire(request: HttpRequest, reason: unknown): void {
    request.#abort ??= abortedByClient(request.#exchange.response);
    request.#abort.abort(reason);
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

  /**
   * The headers as Node gives them (names in lower case; of some that may occur once, the first counts), or what the route's
   * schema made of them.
   */
  get headers(): H {
    return (this.#input?.headers ?? this.raw.headers) as H; // put there by the schema before the handler runs
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
    return this.#input?.body as B; // put here by the schema before the handler runs
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

  /**
   * The body by the codec of the route that reads its content type; as {@link json} where the route has no codecs.
   * @throws HttpError 413; 415 with `Accept` where no codec reads it, or it is compressed; 400 where the codec can't.
   */
  decode(): Promise<unknown> {
    const negotiator = this.#exchange.endpoint.contract?.negotiator;
    return negotiator === undefined ? this.json() : decodeBody(this, negotiator);
  }

  /**
   * Aborts when the client goes before it has its whole answer, and when the time is over that the route (`timeoutMs`) or the caller
   * (`X-Request-Timeout-Ms`) gives it. Its reason has the code `PATRON_HTTP_CLIENT_GONE` or `PATRON_HTTP_TIME_LIMIT`.
   */
  get signal(): AbortSignal {
    this.#abort ??= abortedByClient(this.#exchange.response);
    return this.#abort.signal;
  }

  /**
   * Aborts when the service begins to take its clients leave, still serving. For an answer without an end of its own (events, a
   * long poll): it should end now, so that its client goes to another instance, instead of being cut at the deadline.
   */
  get stopping(): AbortSignal {
    return stoppingOf(this.raw);
  }

  /** The id of this request in logs and calls; received where it was valid, else new. The answer carries it too. */
  get correlationId(): string {
    return this.#exchange.active.correlationId;
  }

  /** Who asks, as the route's `auth` says; undefined without one, and in middlewares outside of it. */
  get principal(): A {
    return this.#principal as A; // put there by the guard before anything behind it runs
  }

  /** The address of the peer: the client's, or that of the last proxy. Undefined through a Unix socket. */
  get remoteAddress(): string | undefined {
    return this.raw.socket.remoteAddress;
  }

  /**
   * The client's address, as far as the listener's `trustedProxies` vouch for it; without them that of the peer. IPv4 as such,
   * also where it came mapped into IPv6. Undefined where they don't know it, or their headers disagree.
   */
  get clientAddress(): string | undefined {
    return clientAddressOf(this.raw);
  }

  /** Who the client is by its certificate; undefined where it showed none, or none that the listener's authorities signed. */
  get peer(): Peer | undefined {
    return peerOf(this.raw);
  }

  /**
   * A header for the answer, whatever the answer will be: an error and a 404 carry it too. For middlewares; a handler has
   * `respond`, whose headers win. @throws AnswerError for a header that can't be sent.
   */
  setResponseHeader(name: string, value: string | readonly string[]): void {
    if (checkHeader(name, value) === 'content-length')
      throw new AnswerError('header "content-length" can\'t be set before the body is known');
    this.#exchange.setHeader(new HeaderLine(name, typeof value === 'string' ? value : [...value]));
  }

  /**
   * Tells the client what its answer will need while that is still made: a 103 (RFC 8297), as often as wanted. HTTP/1.0 gets none. They
   * are sent before anybody knows what the answer is, so only to whom you would say the same in any case.
   *
   * @param headers - `link`, each in the form of RFC 8288, `</app.css>; rel=preload; as=style`; and others that go with it.
   * @throws AnswerError once the answer has begun, for headers that can't be sent, and without `link`.
   */
  earlyHints(headers: ResponseHeaders): void {
    sendEarlyHints(this.#exchange, headers);
  }
}
