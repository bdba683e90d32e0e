import type { ServerResponse } from 'node:http';
import { checkBoolean, checkKnown, checkTokens, checkWhole, isToken, refuse, type Unchecked } from '../guard/check.ts';
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

  /** Puts on an answer what holds for every one. @returns whether its origin may read it */
  const mark = (origin: string | undefined, response: ServerResponse): boolean => {
    if (isAllowed !== undefined) vary(response, 'Origin');
    if (origin === undefined || isAllowed?.(origin) === false) return false;
    response.setHeader('Access-Control-Allow-Origin', isAllowed === undefined ? '*' : origin);
    if (credentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
    return true;
  };

  const answerPreflight = (request: HttpRequest, response: ServerResponse, mayRead: boolean): unknown => {
    if (allowedHeaders === undefined) vary(response, 'Access-Control-Request-Headers');
    if (!mayRead) return respond(204);
    const granted = allowedHeaders ?? requestedHeaders(request);
    if (allowedMethods !== '') response.setHeader('Access-Control-Allow-Methods', allowedMethods);
    if (granted !== '') response.setHeader('Access-Control-Allow-Headers', granted);
    response.setHeader('Access-Control-Max-Age', maxAgeSeconds);
    return respond(204);
  };

  return (next) => (request) => {
    const { response } = HttpRequest.exchangeOf(request);
    const origin = request.header('origin');
    const mayRead = mark(origin, response);
    if (request.method === 'OPTIONS' && origin !== undefined && request.header('access-control-request-method') !== undefined)
      return answerPreflight(request, response, mayRead);
    if (mayRead && exposed !== '') response.setHeader('Access-Control-Expose-Headers', exposed);
    return next(request);
  };
}

function vary(response: ServerResponse, name: string): void {
  const before = response.getHeader('vary');
  response.setHeader('Vary', before === undefined ? name : joinVary(before, name));
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
