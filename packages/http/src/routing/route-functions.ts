import type { IncomingHttpHeaders } from 'node:http';
import type { Params } from '../params.ts';
import type { RawQuery } from '../query.ts';
import type { BodilessRouteOptions, Route, RouteHandler, RouteOptions } from '../route.ts';
import type { GroupOptions } from './group.ts';

/** A path below a prefix; `/` is the prefix itself. */
type Below<Prefix extends string, Path extends string> = Path extends '/' ? (Prefix extends '' ? '/' : Prefix) : `${Prefix}${Path}`;

type BodilessRouteFunction<Prefix extends string> = <
  const Path extends string,
  Q = RawQuery,
  P = Params<Below<Prefix, Path>>,
  H = IncomingHttpHeaders,
  A = unknown,
>(
  path: Path,
  handler: RouteHandler<Below<Prefix, Path>, undefined, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  options?: BodilessRouteOptions<Q, P, H, A>,
) => Route;

type RouteFunction<Prefix extends string> = <
  const Path extends string,
  B = undefined,
  Q = RawQuery,
  P = Params<Below<Prefix, Path>>,
  H = IncomingHttpHeaders,
  A = unknown,
>(
  path: Path,
  handler: RouteHandler<Below<Prefix, Path>, B, Q, NoInfer<P>, NoInfer<H>, NoInfer<A>>,
  options?: RouteOptions<B, Q, P, H, A>,
) => Route;

/**
 * `get`, `post` and the others, as a {@link group} gives them to its routes: their handlers see the params of the prefix too.
 *
 * @typeParam Prefix - All of it, from the outermost group.
 *
 * @example
 * ```ts
 * import { group, type RouteFunctions, routes } from '@patron/http';
 *
 * // Routes in a file of their own say below which prefix they stand.
 * const orders = ({ get }: RouteFunctions<'/customers/:customer'>) => [
 *   get('/orders/:id', ({ params }) => `order ${params.id} of ${params.customer}`),
 * ];
 * routes(group('/customers/:customer', orders));
 * ```
 */
export interface RouteFunctions<Prefix extends string> {
  readonly get: BodilessRouteFunction<Prefix>;
  readonly head: BodilessRouteFunction<Prefix>;
  readonly post: RouteFunction<Prefix>;
  readonly put: RouteFunction<Prefix>;
  readonly patch: RouteFunction<Prefix>;
  readonly del: RouteFunction<Prefix>;
  readonly options: RouteFunction<Prefix>;
  readonly group: <const Inner extends string>(
    prefix: Inner,
    list: readonly Route[] | ((functions: RouteFunctions<`${Prefix}${Inner}`>) => readonly Route[]),
    options?: GroupOptions,
  ) => Route[];
}
