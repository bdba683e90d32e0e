import type { Endpoint } from './exchange.ts';
import type { Params } from './params.ts';
import { METHODS, type Method } from './route.ts';
import { otherForm, type PathPolicy } from './routing/path-policy.ts';
import { type Match, PathTree } from './routing/path-tree.ts';

/** The params of a path that has none. */
export const NO_PARAMS: Params = Object.freeze(Object.create(null) as Record<string, never>);

/**
 * Finds the route of a path. The tree decides; paths without params are looked up in a map before, which is the same answer
 * (static segments win at every level) for less.
 */
export class Router {
  readonly #fixed = new Map<string, Map<string, Match>>(METHODS.map((method) => [method, new Map()]));
  readonly #policy: PathPolicy;
  readonly #tree: PathTree;
  readonly #methods = new Set<string>();

  constructor(policy: PathPolicy) {
    this.#policy = policy;
    this.#tree = new PathTree(policy);
  }

  /** @param path - As `formsOf` gives it. */
  add(method: Method, path: string, endpoint: Endpoint): void {
    this.#methods.add(method);
    this.#tree.add(method, path, endpoint);
    if (path.includes('/:') || path.includes('/*')) return;
    const match: Match = { endpoint, params: NO_PARAMS, path: encodeURI(path) };
    this.#fixed.get(method)?.set(match.path, match);
    const other = this.#policy.trailingSlash === 'ignore' ? otherForm(match.path) : undefined;
    if (other !== undefined) this.#fixed.get(method)?.set(other, match);
  }

  /** @param path - As `pathOf` gives it. */
  find(method: string, path: string): Match | undefined {
    const fixed = this.#fixed.get(method);
    if (fixed === undefined) return undefined;
    return (fixed.size > 0 ? fixed.get(path) : undefined) ?? this.#tree.find(method, path);
  }

  /** The methods that a path answers, sorted: OPTIONS is among them, unless the path has no route at all. */
  methodsOf(path: string): string[] {
    const methods = METHODS.filter((method) => this.find(method, path) !== undefined);
    return methods.length === 0 ? [] : withOptions(methods);
  }

  /** The methods that some path answers, sorted. */
  allMethods(): string[] {
    return withOptions(this.#methods);
  }

  /** The path that has routes where one has none but for the slash at its end; undefined unless the policy is to say so. */
  redirectOf(path: string): string | undefined {
    const other = this.#policy.trailingSlash === 'redirect' ? otherForm(path) : undefined;
    if (other === undefined) return undefined;
    for (const method of METHODS) {
      const match = this.find(method, other);
      if (match !== undefined) return match.path;
    }
    return undefined;
  }
}

function withOptions(methods: Iterable<string>): string[] {
  return [...new Set([...methods, 'OPTIONS'])].toSorted();
}
