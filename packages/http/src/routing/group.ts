import { show } from '@patron/core/data';
import { checkMiddlewares } from '../check.ts';
import { RoutesError } from '../errors.ts';
import type { Middleware } from '../middleware.ts';
import { checkPath } from '../path-pattern.ts';
import { del, get, head, options, patch, post, put, type Route } from '../route.ts';
import type { RouteFunctions } from './route-functions.ts';

/** Options of a {@link group}. */
export interface GroupOptions {
  /** Around every route of the group: inside those of `routes()` and of groups around it, outside the route's own. @default none */
  readonly middlewares?: readonly Middleware[];
}

/**
 * Puts routes below a prefix, and middlewares around them. Groups may stand in groups. Everything that names a route (metrics,
 * `request.route`, errors) has the whole path.
 *
 * @param prefix - `/v1`, or with params: `/customers/:customer`. No slash at its end. `''` only shares middlewares.
 * @param list - The routes; one on `/` is the prefix itself. A function gets the functions that make routes, typed with the
 * params of the prefix, for handlers that need them.
 * @returns The routes, to be spread into the list of `routes()` or of another group.
 * @throws RoutesError for a prefix or options that can't be; what is wrong with its routes is said by `routes()`.
 *
 * @example
 * ```ts
 * import { get, group, routes, unauthorized, type Middleware } from '@patron/http';
 *
 * const guarded: Middleware = (next) => (request) => {
 *   if (request.header('x-api-key') !== 'secret') throw unauthorized();
 *   return next(request);
 * };
 * routes([
 *   get('/health', () => 'ok'),
 *   ...group('/v1', [get('/orders', () => []), get('/orders/:id', ({ params }) => params.id)], { middlewares: [guarded] }),
 *   ...group('/customers/:customer', ({ get }) => [get('/orders/:id', ({ params }) => [params.customer, params.id])]),
 * ]);
 * ```
 */
export function group<const Prefix extends string>(
  prefix: Prefix,
  list: readonly Route[] | ((functions: RouteFunctions<Prefix>) => readonly Route[]),
  groupOptions: GroupOptions = {},
): Route[] {
  // The paths of the routes get the prefix below, and the router fills in the params of both.
  const made: unknown = typeof list === 'function' ? list(FUNCTIONS as RouteFunctions<Prefix>) : list;
  const problems = [...checkPrefix(prefix), ...checkOptions(groupOptions)];
  if (!Array.isArray(made)) problems.push(`the routes are ${show(made)}, not an array`);
  if (problems.length > 0) throw new RoutesError(problems.map((problem) => `group ${show(prefix)}: ${problem}`));
  const middlewares = [...(groupOptions.middlewares ?? [])];
  return (made as readonly unknown[]).map((route) => (isRoute(route) ? within(prefix, middlewares, route) : (route as Route)));
}

const FUNCTIONS: unknown = { get, head, post, put, patch, del, options, group };

function within(prefix: string, middlewares: readonly Middleware[], route: Route): Route {
  const path = route.path === '/' && prefix !== '' ? prefix : prefix + route.path;
  return { ...route, path, groupMiddlewares: [...middlewares, ...(route.groupMiddlewares ?? [])] };
}

/** What is no route, or does not begin with "/", stays what it is: with a prefix `routes()` would not see what is wrong. */
function isRoute(route: unknown): route is Route {
  return typeof route === 'object' && route !== null && String((route as Partial<Route>).path).startsWith('/');
}

function checkPrefix(prefix: unknown): string[] {
  if (prefix === '') return [];
  if (typeof prefix === 'string' && prefix.endsWith('/')) return ['the prefix ends with a slash: its routes begin with one'];
  if (typeof prefix === 'string' && /\/(?:\*|:[^/]*\?)/.test(prefix))
    return ['the prefix has a wildcard or an optional param, which are always last'];
  return checkPath(prefix);
}

function checkOptions(groupOptions: unknown): string[] {
  if (typeof groupOptions !== 'object' || groupOptions === null) return [`the options are ${show(groupOptions)}, not an object`];
  const unknown = Object.keys(groupOptions).flatMap((name) => (name === 'middlewares' ? [] : [`there is no option "${name}"`]));
  return [...unknown, ...checkMiddlewares((groupOptions as GroupOptions).middlewares)];
}
