import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { markInstrumented, operationOf, RequestCarrier, RouteOperations, unroutedOperation } from '@patron/core/http';
import { checkMaxBodyBytes, checkMiddlewares, checkRoutes } from './check.ts';
import { RoutesError } from './errors.ts';
import { type Endpoint, Exchange } from './exchange.ts';
import { compose, type HttpHandler, type Middleware } from './middleware.ts';
import type { Params } from './params.ts';
import { HttpRequest } from './request.ts';
import type { Method, Route } from './route.ts';
import { shapeOf } from './path-pattern.ts';
import { NO_PARAMS, Router } from './router.ts';
import { serve } from './serve.ts';
import { pathOf } from './target.ts';
import { statusOf } from './to-response.ts';
import { malformedTarget, unrouted } from './unrouted.ts';
import { validated } from './validated.ts';

/** Options that hold for all routes of a list. */
export interface RoutesOptions {
  /**
   * Around every handler; the first is the outermost. They see the requests that no route has too, whose `next` answers 404
   * or 405. @default none
   */
  readonly middlewares?: readonly Middleware[];
  /** The most bytes of a body that are read where a route does not say. More is a 413. @default 1048576 (1 MiB) */
  readonly maxBodyBytes?: number;
}

/** A listener for `node:http` that serves routes; `list` are the routes. */
export type Routes = RequestListener & { readonly list: readonly Route[] };

const DEFAULTS = { middlewares: [], maxBodyBytes: 1024 * 1024 } as const satisfies Required<RoutesOptions>;

/**
 * Makes a listener of routes: for a patron `Service`, a `node:http` server, or an express app.
 *
 * A path that no route has answers 404; one whose routes have other methods 405 with `Allow`. Every answer carries
 * `X-Correlation-Id`; every route is counted and timed by its pattern.
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
  const problems = [...checkRoutes(list), ...checkMiddlewares(options.middlewares), ...checkMaxBodyBytes(options.maxBodyBytes)];
  if (problems.length > 0) throw new RoutesError(problems);

  const { middlewares = DEFAULTS.middlewares, maxBodyBytes = DEFAULTS.maxBodyBytes } = options;
  const router = new Router();
  const elsewhere = (handler: HttpHandler): Endpoint => ({
    pattern: undefined,
    operations: undefined,
    handler: compose(middlewares, handler),
    maxBodyBytes,
    status: 200,
  });
  const nowhere = elsewhere(unrouted(router));
  const malformed = elsewhere(malformedTarget);
  const heads = new Set(list.filter(({ method }) => method === 'HEAD').map(({ path }) => shapeOf(path)));
  for (const route of list) {
    const endpoint = endpointOf(route, { middlewares, maxBodyBytes });
    const add = (method: Method): void =>
      router.add(method, route.path, { ...endpoint, operations: new RouteOperations(method, route.path) });
    add(route.method);
    // A HEAD has to answer as its GET would (RFC 9110 §9.3.2): the same handler inside the same middlewares.
    if (route.method === 'GET' && !heads.has(shapeOf(route.path))) add('HEAD');
  }

  const listener = (raw: IncomingMessage, response: ServerResponse): void => {
    const target = raw.url as string;
    const path = pathOf(target);
    const match = path === undefined ? undefined : router.find(raw.method as string, path);
    if (match !== undefined) begin(raw, response, match.store, path as string, match.params);
    else begin(raw, response, path === undefined ? malformed : nowhere, path ?? target, NO_PARAMS);
  };
  return markInstrumented(Object.assign(listener, { list: Object.freeze([...list]) }));
}

function endpointOf({ method, path, handler, options }: Route, defaults: Required<RoutesOptions>): Omit<Endpoint, 'operations'> {
  return {
    pattern: path,
    handler: compose([...defaults.middlewares, ...(options.middlewares ?? [])], validated(handler, options)),
    maxBodyBytes: options.maxBodyBytes ?? defaults.maxBodyBytes,
    status: statusOf(method),
  };
}

function begin(raw: IncomingMessage, response: ServerResponse, endpoint: Endpoint, path: string, params: Params): void {
  const begun = operationOf(raw);
  if (begun !== undefined && endpoint.operations !== undefined) begun.become(endpoint.operations.of(raw));
  const active = begun ?? (endpoint.operations?.of(raw) ?? unroutedOperation(raw)).begin(new RequestCarrier(raw));
  const exchange = new Exchange(raw, response, endpoint, active, begun === undefined);
  active.run(serve, exchange, new HttpRequest(exchange, path, params));
}
