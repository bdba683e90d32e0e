import { HeaderLine } from '../answer-headers.ts';
import type { Exchange } from '../exchange.ts';
import { checkBoolean, checkKnown, checkTokens, checkWhole, isToken, refuse, type Unchecked } from '../guard/check.ts';
import { checkHeader } from '../headers.ts';
import type { Middleware } from '../middleware.ts';
import { joinVary } from '../negotiation/vary.ts';
import { HttpRequest } from '../request.ts';
import { respond } from '../response.ts';
import { checkOrigins, type Origins, originTest } from './origins.ts';

/** Options of {@link cors}. */
export interface CorsOptions {
  /**
   * Who may read answers: everybody (`'*'`), origins by name (`'https://shop.example'`), by a regular expression that has to
   * match the whole origin, or by a function that answers at once. `null` has to be in a list by name.
   */
  readonly origins: Origins;
  /** Methods that a page may use. @default GET, HEAD, POST, PUT, PATCH, DELETE */
  readonly methods?: readonly string[];
  /** Headers that a page may send; `'requested'` allows those that it asks for. @default Content-Type, Authorization, X-Correlation-Id, traceparent, tracestate */
  readonly headers?: readonly string[] | 'requested';
  /** Headers of an answer that a page may read, besides those that it always may. @default X-Correlation-Id, Retry-After, RateLimit, RateLimit-Policy */
  readonly exposedHeaders?: readonly string[];
  /** Whether cookies and other credentials go with requests. Not with `'*'`. @default false */
  readonly credentials?: boolean;
  /** How long a browser may keep what a preflight said, in seconds; browsers have limits of their own. @default 600 */
  readonly maxAgeSeconds?: number;
}

const KNOWN = ['origins', 'methods', 'headers', 'exposedHeaders', 'credentials', 'maxAgeSeconds'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const HEADERS = ['Content-Type', 'Authorization', 'X-Correlation-Id', 'traceparent', 'tracestate'];
const VARY_ORIGIN = new HeaderLine('Vary', 'Origin');
const VARY_REQUESTED = new HeaderLine('Vary', 'Access-Control-Request-Headers');
const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';
const ANY_ORIGIN = new HeaderLine(ALLOW_ORIGIN, '*');
const CREDENTIALS = new HeaderLine('Access-Control-Allow-Credentials', 'true');
const EXPOSED = ['X-Correlation-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy'];

/**
 * Lets pages of other origins read answers (Fetch Standard, "HTTP CORS protocol"). Belongs into the middlewares of `routes()`,
 * before those that refuse requests: there it answers preflights by itself, with 204, for every path, and its headers are
 * on errors too.
 *
 * It keeps pages from reading, not clients from asking: a request of an origin that is not allowed is served, without
 * the headers. An answer that depends on the origin has `Vary: Origin`, whether it was asked for with one or not.
 *
 * @throws GuardOptionsError with everything that is wrong, `'*'` with credentials among it.
 *
 * @example
 * ```ts
 * import { cors, get, routes } from '@patron/http';
 *
 * routes([get('/orders', () => [])], {
 *   middlewares: [cors({ origins: ['https://shop.example', /https:\/\/[a-z0-9-]+\.preview\.example/], credentials: true })],
 * });
 * ```
 */
export function cors(options: CorsOptions): Middleware {
  refuse('cors()', problemsOf(options));
  const { origins, methods = METHODS, headers = HEADERS, exposedHeaders = EXPOSED, credentials = false, maxAgeSeconds = 600 } = options;
  const isAllowed = origins === '*' ? undefined : originTest(origins);
  const allowedMethods = methods.join(', ');
  const allowedHeaders = headers === 'requested' ? undefined : headers.join(', ');
  const exposed = exposedHeaders.join(', ');
  const maxAge = new HeaderLine('Access-Control-Max-Age', String(maxAgeSeconds));
  const exposing = new HeaderLine('Access-Control-Expose-Headers', exposed);

  /** Puts on an answer what holds for every one. @returns whether its origin may read it */
  const mark = (origin: string | undefined, exchange: Exchange): boolean => {
    if (isAllowed !== undefined) vary(exchange, VARY_ORIGIN);
    if (origin === undefined || isAllowed?.(origin) === false) return false;
    exchange.setHeader(isAllowed === undefined ? ANY_ORIGIN : allowOrigin(origin));
    if (credentials) exchange.setHeader(CREDENTIALS);
    return true;
  };

  const answerPreflight = (request: HttpRequest, exchange: Exchange, mayRead: boolean): unknown => {
    if (allowedHeaders === undefined) vary(exchange, VARY_REQUESTED);
    if (!mayRead) return respond(204);
    const granted = allowedHeaders ?? requestedHeaders(request);
    if (allowedMethods !== '') exchange.setHeader(new HeaderLine('Access-Control-Allow-Methods', allowedMethods));
    if (granted !== '') exchange.setHeader(new HeaderLine('Access-Control-Allow-Headers', granted));
    exchange.setHeader(maxAge);
    return respond(204);
  };

  return (next) => (request) => {
    const exchange = HttpRequest.exchangeOf(request);
    const origin = request.header('origin');
    const mayRead = mark(origin, exchange);
    if (request.method === 'OPTIONS' && origin !== undefined && request.header('access-control-request-method') !== undefined)
      return answerPreflight(request, exchange, mayRead);
    if (mayRead && exposed !== '') exchange.setHeader(exposing);
    return next(request);
  };
}

/** @throws AnswerError for what can't be sent: Node's lenient parser takes values that it would not write. */
function allowOrigin(origin: string): HeaderLine {
  checkHeader(ALLOW_ORIGIN, origin);
  return new HeaderLine(ALLOW_ORIGIN, origin);
}

function vary(exchange: Exchange, line: HeaderLine): void {
  const before = exchange.getHeader('vary');
  exchange.setHeader(before === undefined ? line : new HeaderLine('Vary', joinVary(before, line.value)));
}

/** The headers that a page asks for; what is no name of a header is left out. */
function requestedHeaders(request: HttpRequest): string {
  const asked = request.header('access-control-request-headers') ?? '';
  return asked
    .split(',')
    .map((name) => name.trim())
    .filter(isToken)
    .join(', ');
}

function problemsOf(options: unknown): string[] {
  const problems = checkKnown(options, KNOWN);
  if (typeof options !== 'object' || options === null) return problems;
  const given = options as Unchecked;
  problems.push(
    ...checkOrigins(given['origins']),
    ...checkTokens(given, 'methods'),
    ...(given['headers'] === 'requested' ? [] : checkTokens(given, 'headers')),
    ...checkTokens(given, 'exposedHeaders'),
    ...checkBoolean(given, 'credentials'),
    ...checkWhole(given, 'maxAgeSeconds', 0, 86_400),
  );
  if (given['credentials'] !== true) return problems;
  // Fetch Standard: with credentials an asterisk is a name like any other, and nothing has it.
  for (const option of ['origins', 'methods', 'headers', 'exposedHeaders']) {
    const value = given[option];
    if (value === '*' || (Array.isArray(value) && option !== 'origins' && value.includes('*')))
      problems.push(`${option} is "*" with credentials: browsers refuse that, name what is allowed`);
  }
  return problems;
}
