import type { IncomingHttpHeaders } from 'node:http';
import type { Codec, StandardSchemaV1 } from '@patron/core/data';
import type { Authenticator } from './auth/authenticator.ts';
import type { AnswerSchemas } from './contract/answers.ts';
import type { HttpHandler, Middleware } from './middleware.ts';
import type { RouteDescription } from './openapi/description.ts';
import type { Params } from './params.ts';
import type { RawQuery } from './query.ts';
import type { RateLimitOptions } from './rate-limit/options.ts';
import type { HttpRequest } from './request.ts';

/** The methods that a route can have. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** The method of a route. */
export type Method = (typeof METHODS)[number];

/**
 * Options of a route whose requests have no body (GET and HEAD; RFC 9110 §9.3.1).
 *
 * @typeParam Q - What the `query` schema makes of the query.
 * @typeParam P - What the `params` schema makes of the params.
 * @typeParam H - What the `headers` schema makes of the headers.
 * @typeParam A - Who the authenticator says that asks.
 */
export interface BodilessRouteOptions<Q, P = unknown, H = unknown, A = unknown> extends RouteDescription {
  /**
   * Who may ask: without a principal the answer is a 401. Runs before the route's own middlewares and before anything is read, for
   * HEAD as for GET. `'none'` opens a route that `routes()` has closed. @default that of `routes()`: nobody is asked who they are
   */
  readonly auth?: Authenticator<A> | 'none';
  /** Around this route's handler, inside those of `routes()`; the first is the outermost. @default none */
  readonly middlewares?: readonly Middleware[];
  /** How many requests the route takes, counted behind `auth` and before its own middlewares; a 429 beyond. @default no limit */
  readonly rateLimit?: RateLimitOptions;
  /**
   * How long the handler, with what stands before it on this route, may take to answer, in milliseconds. Then the client gets a
   * 503, `request.signal` aborts, and the log says what was late. A stream has begun in time or not. @default that of `routes()`
   */
  readonly timeoutMs?: number;
  /** The most bytes of body that are read. More is a 413. @default that of `routes()`, 1 MiB */
  readonly maxBodyBytes?: number;
  /** Validates the query; the handler gets its output as `request.query`. @default not validated */
  readonly query?: StandardSchemaV1<unknown, Q>;
  /** Validates the params, a record of strings; the handler gets its output as `request.params`. @default not validated */
  readonly params?: StandardSchemaV1<unknown, P>;
  /** Validates the headers, names in lower case; the handler gets its output as `request.headers`. @default not validated */
  readonly headers?: StandardSchemaV1<unknown, H>;
  /**
   * The schema of what the handler returns: its output is what is sent, with 201 for a POST and 200 for the rest. An answer that
   * does not fit, or has another status from 200 to 299, is a 500 with the problems in the log. @default not checked
   */
  readonly answer?: StandardSchemaV1;
  /**
   * Schemas by status, instead of `answer`; null for one without a body. Errors that are thrown are checked where their status
   * is listed. @default not checked
   */
  readonly answers?: AnswerSchemas;
  /**
   * What bodies can be, read by their `Content-Type` and written by `Accept`; the first is for clients that like several as
   * much. What none reads is a 415, a client that takes none gets a 406. An empty list turns off what `routes()` says.
   * @default that of `routes()`: JSON alone, whatever `Accept` says
   */
  readonly codecs?: readonly Codec<unknown>[];
}

/**
 * Options of a route.
 *
 * @typeParam B - What the `body` schema makes of the body.
 * @typeParam Q - What the `query` schema makes of the query.
 * @typeParam P - What the `params` schema makes of the params.
 * @typeParam H - What the `headers` schema makes of the headers.
 * @typeParam A - Who the authenticator says that asks.
 */
export interface RouteOptions<B, Q, P = unknown, H = unknown, A = unknown> extends BodilessRouteOptions<Q, P, H, A> {
  /** Validates the body, which has to be JSON unless there are `codecs`; the handler gets its output as `request.body`. @default not read */
  readonly body?: StandardSchemaV1<unknown, B>;
}

/** The handler of a route, with what its path and its schemas say of the request. What it returns is the answer. */
export type RouteHandler<Path extends string, B, Q, P = Params<Path>, H = IncomingHttpHeaders, A = unknown> = (
  request: HttpRequest<P, B, Q, H, A>,
) => unknown;

/** A route, as {@link get}, {@link post} and the others make it. It is checked by `routes()`. */
export interface Route {
  readonly method: Method;
  /** `/orders/:id` */
  readonly path: string;
  readonly handler: HttpHandler;
  /** Those of the groups that it stands in, the outermost first. @default none */
  readonly groupMiddlewares?: readonly Middleware[];
  readonly options: RouteOptions<unknown, unknown>;
}

/**
 * A GET route; it answers HEAD too, unless there is a {@link head} route for the path.
 *
 * @param path - Static segments and params, `/orders/:id`; the last may be optional, `/orders/:id?`, or a wildcard for all that
 * is left, `/files/*path`. Case and a trailing slash count, unless `routes()` says otherwise.
 * @param handler - What it returns is the answer; see {@link HttpHandler}.
 *
 * @example
 * ```ts
 * import { get, routes } from '@patron/http';
 *
 * routes([get('/orders/:id/items/:item', ({ params }) => ({ order: params.id, item: params.item }))]);
 * ```
 */
export function get<const Path extends string, Q = RawQuery, P = Params<Path>, H = IncomingHttpHeaders, A = unknown>(
  path: Path,
  handler: RouteHandler<Path, undefined, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  options: BodilessRouteOptions<Q, P, H, A> = {},
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
export function head<const Path extends string, Q = RawQuery, P = Params<Path>, H = IncomingHttpHeaders, A = unknown>(
  path: Path,
  handler: RouteHandler<Path, undefined, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  options: BodilessRouteOptions<Q, P, H, A> = {},
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
export function post<const Path extends string, B = undefined, Q = RawQuery, P = Params<Path>, H = IncomingHttpHeaders, A = unknown>(
  path: Path,
  handler: RouteHandler<Path, B, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  options: RouteOptions<B, Q, P, H, A> = {},
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
export function put<const Path extends string, B = undefined, Q = RawQuery, P = Params<Path>, H = IncomingHttpHeaders, A = unknown>(
  path: Path,
  handler: RouteHandler<Path, B, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  options: RouteOptions<B, Q, P, H, A> = {},
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
export function patch<const Path extends string, B = undefined, Q = RawQuery, P = Params<Path>, H = IncomingHttpHeaders, A = unknown>(
  path: Path,
  handler: RouteHandler<Path, B, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  options: RouteOptions<B, Q, P, H, A> = {},
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
export function del<const Path extends string, B = undefined, Q = RawQuery, P = Params<Path>, H = IncomingHttpHeaders, A = unknown>(
  path: Path,
  handler: RouteHandler<Path, B, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  options: RouteOptions<B, Q, P, H, A> = {},
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
export function options<const Path extends string, B = undefined, Q = RawQuery, P = Params<Path>, H = IncomingHttpHeaders, A = unknown>(
  path: Path,
  handler: RouteHandler<Path, B, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  routeOptions: RouteOptions<B, Q, P, H, A> = {},
): Route {
  return define('OPTIONS', path, handler, routeOptions);
}

function define<Path extends string, B, Q, P, H, A>(
  method: Method,
  path: Path,
  handler: RouteHandler<Path, B, Q, P, H, A>,
  routeOptions: RouteOptions<B, Q, P, H, A>,
): Route {
  // The router fills in the params that the path names, the guard the principal, and the schemas the rest, before the handler runs.
  return { method, path, handler: handler as HttpHandler, options: routeOptions };
}
