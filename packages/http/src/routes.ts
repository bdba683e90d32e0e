import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Codec } from '@patron/core/data';
import { markInstrumented, operationOf, RequestCarrier, RouteOperations, unroutedOperation } from '@patron/core/http';
import { type Authenticator, guard } from './auth/authenticator.ts';
import { checkAuth } from './auth/check.ts';
import { checkMaxBodyBytes, checkMiddlewares, checkRoutes } from './check.ts';
import { answering, answersOf } from './contract/answers.ts';
import { bodyContract, type ErrorFormat } from './contract/body-contract.ts';
import { checkBodies } from './contract/check.ts';
import { validated } from './contract/input.ts';
import { callerTimeout } from './deadline/caller-timeout.ts';
import { checkTimeLimit, timeLimit } from './deadline/time-limit.ts';
import { checkTimeoutHeader, resolveTimeoutHeader } from './deadline/timeout-header.ts';
import { RoutesError } from './errors.ts';
import { type Endpoint, Exchange } from './exchange.ts';
import { compose, type HttpHandler, type Middleware } from './middleware.ts';
import { negotiated } from './negotiation/negotiated.ts';
import type { Params } from './params.ts';
import { rateLimit } from './rate-limit/rate-limit.ts';
import { HttpRequest } from './request.ts';
import type { Method, Route } from './route.ts';
import { formsOf, shapeOf } from './path-pattern.ts';
import { NO_PARAMS, Router } from './router.ts';
import { checkPathPolicy, STRICT, type TrailingSlash } from './routing/path-policy.ts';
import { serve } from './serve.ts';
import { pathOf } from './target.ts';
import { statusOf } from './to-response.ts';
import { inForm, malformedTarget, unrouted } from './unrouted.ts';

/** Options that hold for all routes of a list. */
export interface RoutesOptions {
  /**
   * Around every handler; the first is the outermost. They see the requests that no route has too, whose `next` answers 404
   * or 405. @default none
   */
  readonly middlewares?: readonly Middleware[];
  /** Who may ask, where a route does not say; see {@link BodilessRouteOptions.auth}. Paths without a route stay open. @default everybody */
  readonly auth?: Authenticator;
  /** How long a handler may take where a route does not say; see {@link BodilessRouteOptions.timeoutMs}. @default as long as it likes */
  readonly timeoutMs?: number;
  /**
   * The header by which a caller says how many milliseconds it waits for its answer; then the client gets a 503, as after the
   * `timeoutMs` of a route, of which the shorter holds. `HttpClient` of patron sends it. `false`: callers are not asked.
   * @default 'x-request-timeout-ms'
   */
  readonly timeoutHeader?: string | false;
  /** The most bytes of a body that are read where a route does not say. More is a 413. @default 1048576 (1 MiB) */
  readonly maxBodyBytes?: number;
  /**
   * What a slash at the end of a path means. `'strict'`: another path. `'redirect'`: where only the other form has routes, the
   * answer is a 308 to it, with the query kept. `'ignore'`: nothing; `request.path` has or lacks it as the route's path does, and
   * two routes that differ in it alone are refused. @default 'strict'
   */
  readonly trailingSlash?: TrailingSlash;
  /**
   * Whether `/Orders` is another path than `/orders`. Where it is not, `request.path` has the static segments as the route
   * spells them; values of params stay as they were sent. @default true
   */
  readonly caseSensitive?: boolean;
  /** What the bodies of all routes can be, where a route does not say; see {@link BodilessRouteOptions.codecs}. @default JSON alone */
  readonly codecs?: readonly Codec<unknown>[];
  /**
   * How errors are written, those of patron among them: `'json'`, `{"error":"Not Found"}`; or `'problem'`, problem details
   * (RFC 9457). @default 'json'
   */
  readonly errors?: ErrorFormat;
}

/** A listener for `node:http` that serves routes; `list` are the routes, `bodies` what is said of all their bodies, `defaults` of all of them. */
export type Routes = RequestListener & {
  readonly list: readonly Route[];
  readonly bodies: Required<Pick<RoutesOptions, 'codecs' | 'errors'>>;
  /** What routes have that say nothing else. */
  readonly defaults: Pick<RoutesOptions, 'auth' | 'timeoutMs'>;
};

const DEFAULTS = {
  maxBodyBytes: 1024 * 1024,
  ...STRICT,
  codecs: [],
  errors: 'json',
} as const satisfies Required<Omit<RoutesOptions, 'middlewares' | 'auth' | 'timeoutMs' | 'timeoutHeader'>>;

/**
 * Makes a listener of routes: for a patron `Service`, a `node:http` server, or an express app.
 *
 * A path that no route has answers 404; one whose routes have other methods 405 with `Allow`, and OPTIONS by itself 204 with it.
 * Every answer carries `X-Correlation-Id`; every route is counted and timed by its pattern.
 *
 * @throws RoutesError, with every problem of the routes and options, among them two routes for the same requests.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { get, routes } from '@patron/http';
 *
 * const server = createServer(routes([get('/hello/:name', ({ params }) => ({ hello: params.name }))]));
 * server.listen(0, '127.0.0.1', async () => {
 *   const { port } = server.address() as { port: number };
 *   const answer = await fetch(`http://127.0.0.1:${port}/hello/Ada`);
 *   console.log(answer.status, await answer.text()); // 200 {"hello":"Ada"}
 *   server.close();
 * });
 * ```
 */
export function routes(list: readonly Route[], options: RoutesOptions = {}): Routes {
  const { maxBodyBytes = DEFAULTS.maxBodyBytes } = options;
  const { trailingSlash = DEFAULTS.trailingSlash, caseSensitive = DEFAULTS.caseSensitive } = options;
  const { codecs = DEFAULTS.codecs, errors = DEFAULTS.errors } = options;
  const policy = { trailingSlash, caseSensitive };
  const problems = [
    ...checkRoutes(list, policy),
    ...checkMiddlewares(options.middlewares),
    ...checkMaxBodyBytes(options.maxBodyBytes),
    ...checkPathPolicy(options),
    ...checkBodies(options),
    ...checkAuth(options.auth, undefined),
    ...checkTimeLimit(options.timeoutMs),
    ...checkTimeoutHeader(options.timeoutHeader),
  ];
  if (problems.length > 0) throw new RoutesError(problems);

  const timeoutHeader = resolveTimeoutHeader(options.timeoutHeader);
  const middlewares = [...(timeoutHeader === false ? [] : [callerTimeout(timeoutHeader)]), ...(options.middlewares ?? [])];
  const contract = bodyContract(codecs, errors);
  const router = new Router(policy);
  const elsewhere = (handler: HttpHandler): Endpoint => ({
    pattern: undefined,
    operations: undefined,
    handler: compose(middlewares, inForm(handler, contract)),
    maxBodyBytes,
    status: 200,
    contract,
  });
  const nowhere = elsewhere(unrouted(router));
  const malformed = elsewhere(malformedTarget);
  const shapesOf = (path: string): string[] => formsOf(path).map((form) => shapeOf(form, policy));
  const heads = new Set(list.filter(({ method }) => method === 'HEAD').flatMap(({ path }) => shapesOf(path)));
  for (const route of list) {
    const forms = formsOf(route.path);
    const made = endpointOf(route, { middlewares, maxBodyBytes, codecs, errors, auth: options.auth, timeoutMs: options.timeoutMs });
    const add = (method: Method, answered: readonly string[]): void => {
      const endpoint = { ...made, operations: new RouteOperations(method, route.path) };
      for (const form of answered) router.add(method, form, endpoint);
    };
    add(route.method, forms);
    // A HEAD has to answer as its GET would (RFC 9110 §9.3.2): the same handler inside the same middlewares.
    if (route.method === 'GET') {
      add(
        'HEAD',
        forms.filter((form) => !heads.has(shapeOf(form, policy))),
      );
    }
  }

  const listener = (raw: IncomingMessage, response: ServerResponse): void => {
    const target = raw.url as string;
    const path = pathOf(target);
    const match = path === undefined ? undefined : router.find(raw.method as string, path);
    if (match !== undefined) begin(raw, response, match.endpoint, match.path, match.params);
    else begin(raw, response, path === undefined ? malformed : nowhere, path ?? target, NO_PARAMS);
  };
  const defaults: Routes['defaults'] = Object.freeze({
    ...(options.auth !== undefined && { auth: options.auth }),
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
  });
  return markInstrumented(Object.assign(listener, { list: Object.freeze([...list]), bodies: Object.freeze({ codecs, errors }), defaults }));
}

function endpointOf(
  { method, path, handler, groupMiddlewares = [], options }: Route,
  defaults: Required<Pick<RoutesOptions, 'middlewares' | 'maxBodyBytes' | 'codecs' | 'errors'>> & {
    auth: Authenticator | undefined;
    timeoutMs: number | undefined;
  },
): Omit<Endpoint, 'operations'> {
  const contract = bodyContract(options.codecs ?? defaults.codecs, defaults.errors);
  const timeoutMs = options.timeoutMs ?? defaults.timeoutMs;
  // Outside of the answers' schemas: they are those of the handler, and what is refused before it has a form of its own.
  const checked = validated(answering(handler, method, answersOf(method, options)), options);
  return {
    pattern: path,
    handler: compose(
      [
        ...defaults.middlewares,
        ...groupMiddlewares,
        ...(timeoutMs === undefined ? [] : [timeLimit(timeoutMs)]),
        ...guardOf(options.auth ?? defaults.auth),
        ...limited(options),
        ...(options.middlewares ?? []),
      ],
      negotiated(checked, contract?.negotiator),
    ),
    maxBodyBytes: options.maxBodyBytes ?? defaults.maxBodyBytes,
    status: statusOf(method),
    contract,
  };
}

/** Inside what holds for all or for a group (CORS, access logs), outside of what is the route's own. */
function guardOf(auth: Authenticator | 'none' | undefined): Middleware[] {
  return auth === undefined || auth === 'none' ? [] : [guard(auth)];
}

function limited({ rateLimit: limit }: Route['options']): readonly Middleware[] {
  return limit === undefined ? [] : [rateLimit(limit)];
}

function begin(raw: IncomingMessage, response: ServerResponse, endpoint: Endpoint, path: string, params: Params): void {
  const begun = operationOf(raw);
  if (begun !== undefined && endpoint.operations !== undefined) begun.become(endpoint.operations.of(raw));
  const active = begun ?? (endpoint.operations?.of(raw) ?? unroutedOperation(raw)).begin(new RequestCarrier(raw));
  const exchange = new Exchange(raw, response, endpoint, active, begun === undefined);
  active.run(serve, exchange, new HttpRequest(exchange, path, params));
}
