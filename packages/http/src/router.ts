import findMyWay from 'find-my-way';
import type { Endpoint } from './exchange.ts';
import type { Params } from './params.ts';
import { METHODS, type Method } from './route.ts';

/** A route that a path has, and the values of its params. The names are those of find-my-way's result. */
export interface Match {
  readonly store: Endpoint;
  readonly params: Params;
}

/** The params of a path that has none. */
export const NO_PARAMS: Params = Object.freeze(Object.create(null) as Record<string, never>);

/**
 * Finds the route of a path. find-my-way's trees decide; the paths without params are looked up in a map before, which is
 * the same answer (static segments win over params at every level) for less.
 */
export class Router {
  readonly #fixed = new Map<string, Map<string, Match>>(METHODS.map((method) => [method, new Map()]));
  // The listener bounds a request target, and no pattern here runs a regular expression over a param: no need for
  // find-my-way's 100 characters, beyond which a route would not be found.
  readonly #trees = findMyWay({ maxParamLength: 1 << 20, querystringParser: () => NO_PARAMS });

  add(method: Method, path: string, endpoint: Endpoint): void {
    this.#trees.on(method, path, () => undefined, endpoint);
    if (!path.includes(':')) this.#fixed.get(method)?.set(path, { store: endpoint, params: NO_PARAMS });
  }

  /** @param path - As `pathOf` gives it. */
  find(method: string, path: string): Match | undefined {
    const fixed = this.#fixed.get(method);
    if (fixed === undefined) return undefined;
    return fixed.get(path) ?? this.#findByParams(method as Method, path);
  }

  /** The methods that have a route for a path, sorted. */
  methodsOf(path: string): string[] {
    return METHODS.filter((method) => this.find(method, path) !== undefined).toSorted();
  }

  #findByParams(method: Method, path: string): Match | undefined {
    // find-my-way skips the first character and does not look at it: `*` would be the route of `/`.
    if (path.charCodeAt(0) !== 47) return undefined;
    const match = this.#trees.find(method, path) as Match | null;
    return match === null || hasEmptyParam(path, match.params) ? undefined : match;
  }
}

/** To find-my-way `/orders/` is `/orders/:id` with nothing for an id. No handler expects that. */
function hasEmptyParam(path: string, params: Params): boolean {
  return (path.endsWith('/') || path.includes('//')) && Object.values(params).includes('');
}
