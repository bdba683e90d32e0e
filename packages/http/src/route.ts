import type { HttpHandler, Middleware } from './middleware.ts';
import type { Params } from './params.ts';
import type { RawQuery } from './query.ts';
import type { HttpRequest } from './request.ts';
import type { StandardSchemaV1 } from './schema.ts';

/** The methods that a route can have. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** The method of a route. */
export type Method = (typeof METHODS)[number];

/** Options of a route whose requests have no body (GET and HEAD; RFC 9110 §9.3.1). */
export interface BodilessRouteOptions<Q> {
  /** Around this route's handler, inside those of `routes()`; the first is the outermost. @default none */
  readonly middlewares?: readonly Middleware[];
  /** The most bytes of body that are read. More is a 413. @default that of `routes()`, 1 MiB */
  readonly maxBodyBytes?: number;
  /** Validates the query; the handler gets its output as `request.query`. @default not validated */
  readonly query?: StandardSchemaV1<unknown, Q>;
}

/**
 * Options of a route.
 *
 * @typeParam B - What the `body` schema makes of the body.
 * @typeParam Q - What the `query` schema makes of the query.
 */
export interface RouteOptions<B, Q> extends BodilessRouteOptions<Q> {
  /** Validates the body, which has to be JSON; the handler gets its output as `request.body`. @default not read */
  readonly body?: StandardSchemaV1<unknown, B>;
}

/** The handler of a route, with what its path and its schemas say of the request. What it returns is the answer. */
export type RouteHandler<Path extends string, B, Q> = (request: HttpRequest<Params<Path>, B, Q>) => unknown;

/** A route, as {@link get}, {@link post} and the others make it. It is checked by `routes()`. */
export interface Route {
  readonly method: Method;
  /** `/orders/:id` */
  readonly path: string;
  readonly handler: HttpHandler;
  readonly options: RouteOptions<unknown, unknown>;
}

/**
 * A GET route; it answers HEAD too, unless there is a {@link head} route for the path.
 *
 * @param path - Static segments and params: `/orders/:id`. It is matched exactly: case and a trailing slash count.
 * @param handler - What it returns is the answer; see {@link HttpHandler}.
 *
 * @example
 * ```ts
 * import { get, routes } from '@patron/http';
 *
 * routes([get('/orders/:id/items/:item', ({ params }) => ({ order: params.id, item: params.item }))]);
 * ```
 */
export function get<const Path extends string, Q = RawQuery>(
  path: Path,
  handler: RouteHandler<Path, undefined, Q>,
  options: BodilessRouteOptions<Q> = {},
): Route {
  return define('GET', path, handler, options);
}

/**
 * A HEAD route, for a GET whose headers cost less than its body. Parameters as those of {@link get}.
 *
 * @example
 * ```ts
 * import { get, head, respond, routes } from '@patron/http';
 *
 * routes([
 *   get('/reports/:id', ({ params }) => `the long report ${params.id}`),
 *   head('/reports/:id', () => respond(200, undefined, { 'Content-Type': 'text/plain; charset=utf-8' })),
 * ]);
 * ```
 */
export function head<const Path extends string, Q = RawQuery>(
  path: Path,
  handler: RouteHandler<Path, undefined, Q>,
  options: BodilessRouteOptions<Q> = {},
): Route {
  return define('HEAD', path, handler, options);
}

/**
 * A POST route. A value that its handler returns answers 201, nothing 204.
 *
 * @param path - As for {@link get}.
 * @param handler - What it returns is the answer; see {@link HttpHandler}.
 *
 * @example
 * ```ts
 * import { post, routes, type StandardSchemaV1 } from '@patron/http';
 *
 * // zod, valibot or arktype give you one; by hand it is this:
 * const order: StandardSchemaV1<unknown, { item: string }> = {
 *   '~standard': {
 *     version: 1,
 *     vendor: 'example',
 *     validate: (value) => {
 *       const item = (value as { item?: unknown } | null)?.item;
 *       return typeof item === 'string' ? { value: { item } } : { issues: [{ message: 'is no string', path: ['item'] }] };
 *     },
 *   },
 * };
 * routes([post('/orders', ({ body }) => ({ ordered: body.item.trim() }), { body: order, maxBodyBytes: 10_000 })]);
 * ```
 */
export function post<const Path extends string, B = undefined, Q = RawQuery>(
  path: Path,
  handler: RouteHandler<Path, B, Q>,
  options: RouteOptions<B, Q> = {},
): Route {
  return define('POST', path, handler, options);
}

/**
 * A PUT route. Parameters as those of {@link post}.
 *
 * @example
 * ```ts
 * import { put, routes } from '@patron/http';
 *
 * routes([put('/orders/:id/note', async (request) => ({ id: request.params.id, note: await request.text() }))]);
 * ```
 */
export function put<const Path extends string, B = undefined, Q = RawQuery>(
  path: Path,
  handler: RouteHandler<Path, B, Q>,
  options: RouteOptions<B, Q> = {},
): Route {
  return define('PUT', path, handler, options);
}

/**
 * A PATCH route (RFC 5789). Parameters as those of {@link post}; `application/merge-patch+json` is JSON too.
 *
 * @example
 * ```ts
 * import { patch, routes } from '@patron/http';
 *
 * routes([patch('/orders/:id', async (request) => ({ id: request.params.id, changed: await request.json() }))]);
 * ```
 */
export function patch<const Path extends string, B = undefined, Q = RawQuery>(
  path: Path,
  handler: RouteHandler<Path, B, Q>,
  options: RouteOptions<B, Q> = {},
): Route {
  return define('PATCH', path, handler, options);
}

/**
 * A DELETE route; `delete` is a word of the language. Parameters as those of {@link post}.
 *
 * @example
 * ```ts
 * import { del, routes } from '@patron/http';
 *
 * const orders = new Map([['7', 'tea']]);
 * routes([del('/orders/:id', ({ params }) => void orders.delete(params.id))]); // 204
 * ```
 */
export function del<const Path extends string, B = undefined, Q = RawQuery>(
  path: Path,
  handler: RouteHandler<Path, B, Q>,
  options: RouteOptions<B, Q> = {},
): Route {
  return define('DELETE', path, handler, options);
}

/**
 * An OPTIONS route. Parameters as those of {@link post}.
 *
 * @example
 * ```ts
 * import { get, options, respond, routes } from '@patron/http';
 *
 * routes([get('/orders', () => []), options('/orders', () => respond(204, undefined, { Allow: 'GET, HEAD, OPTIONS' }))]);
 * ```
 */
export function options<const Path extends string, B = undefined, Q = RawQuery>(
  path: Path,
  handler: RouteHandler<Path, B, Q>,
  routeOptions: RouteOptions<B, Q> = {},
): Route {
  return define('OPTIONS', path, handler, routeOptions);
}

function define<Path extends string, B, Q>(
  method: Method,
  path: Path,
  handler: RouteHandler<Path, B, Q>,
  routeOptions: RouteOptions<B, Q>,
): Route {
  // The router fills in the params that the path names, and the schemas make body and query, before the handler runs.
  return { method, path, handler: handler as HttpHandler, options: routeOptions };
}
