import type { Endpoint } from '../exchange.ts';
import type { Params } from '../params.ts';
import { type PathPolicy, withoutSlash } from './path-policy.ts';

/** A route that a path has. */
export interface Match {
  readonly endpoint: Endpoint;
  /** The values of its params, decoded. */
  readonly params: Params;
  /** The path in the spelling of the route: what middlewares look at, whichever of its spellings was sent. */
  readonly path: string;
}

/** The end of a route: what its path was made of, to name the values and to write the path again. */
interface Leaf {
  readonly endpoint: Endpoint;
  readonly names: readonly string[];
  /** As they are sent; undefined where a value stands. */
  readonly segments: readonly (string | undefined)[];
}

interface Node {
  readonly fixed: Map<string, Node>;
  param: Node | undefined;
  /** The routes that end here, and the wildcards that begin here, by method. */
  readonly leaves: Map<string, Leaf>;
  readonly wildcards: Map<string, Leaf>;
}

/**
 * Routes by the segments of their paths. At every segment a static one wins over a param, and that over a wildcard; where the
 * winner leads nowhere the next one is tried. A node stands for one place in a path, so none is visited twice: whatever is
 * sent, a look-up ends after as many steps as there are nodes that fit, and its depth is that of the deepest route.
 */
export class PathTree {
  readonly #root = node();
  readonly #caseSensitive: boolean;
  readonly #ignoresSlash: boolean;
  /** Whether a match can be spelled in another way than what was sent. */
  readonly #respells: boolean;
  // Of the look-up that is under way: nothing waits in the middle of one, so they need not be made anew for each.
  #method = '';
  #path = '';
  readonly #values: string[] = [];

  constructor({ trailingSlash, caseSensitive }: PathPolicy) {
    this.#caseSensitive = caseSensitive;
    this.#ignoresSlash = trailingSlash === 'ignore';
    this.#respells = this.#ignoresSlash || !caseSensitive;
  }

  /** @param path - A route's path without an optional param, as `formsOf` gives them. */
  add(method: string, path: string, endpoint: Endpoint): void {
    const names: string[] = [];
    const segments = segmentsOf(path).map((segment) => {
      if (!isValue(segment)) return encodeURI(segment);
      names.push(segment.slice(1));
      return undefined;
    });
    const leaf: Leaf = { endpoint, names, segments };
    let at = this.#root;
    for (const segment of segmentsOf(this.#ignoresSlash ? withoutSlash(path) : path)) {
      if (segment.startsWith('*')) {
        at.wildcards.set(method, leaf);
        return;
      }
      at = segment.startsWith(':') ? (at.param ??= node()) : this.#child(at, encodeURI(segment));
    }
    at.leaves.set(method, leaf);
  }

  /** @param path - As `pathOf` gives it. */
  find(method: string, path: string): Match | undefined {
    if (path.charCodeAt(0) !== 47) return undefined; // `*`
    this.#method = method;
    this.#path = this.#ignoresSlash ? withoutSlash(path) : path;
    const leaf = this.#walk(this.#root, 1, 0);
    if (leaf === undefined) return undefined;
    return { endpoint: leaf.endpoint, params: this.#paramsOf(leaf), path: this.#respells ? this.#spell(leaf) : path };
  }

  /** @param begin - Where the next segment begins. @param count - How many values were found before it. */
  #walk(at: Node, begin: number, count: number): Leaf | undefined {
    const slash = this.#path.indexOf('/', begin);
    const segment = slash === -1 ? this.#path.slice(begin) : this.#path.slice(begin, slash);
    const fixed = at.fixed.get(this.#caseSensitive ? segment : segment.toLowerCase());
    let found = fixed && (slash === -1 ? fixed.leaves.get(this.#method) : this.#walk(fixed, slash + 1, count));
    // No handler expects an empty value: `/orders/` is not `/orders/:id` with nothing for an id.
    if (found === undefined && at.param !== undefined && segment !== '') {
      this.#values[count] = segment;
      found = slash === -1 ? at.param.leaves.get(this.#method) : this.#walk(at.param, slash + 1, count + 1);
    }
    if (found === undefined && begin < this.#path.length) {
      found = at.wildcards.get(this.#method);
      if (found !== undefined) this.#values[count] = this.#path.slice(begin);
    }
    return found;
  }

  #child(at: Node, segment: string): Node {
    const key = this.#caseSensitive ? segment : segment.toLowerCase();
    const known = at.fixed.get(key);
    if (known !== undefined) return known;
    const child = node();
    at.fixed.set(key, child);
    return child;
  }

  #paramsOf({ names }: Leaf): Params {
    const params = new NullObject();
    for (let i = 0; i < names.length; i++) {
      const value = this.#values[i] as string;
      params[names[i] as string] = value.includes('%') ? decodeURIComponent(value) : value;
    }
    return params;
  }

  #spell({ segments }: Leaf): string {
    let path = '';
    let i = 0;
    for (const segment of segments) path += `/${segment ?? (this.#values[i++] as string)}`;
    return path;
  }
}

function node(): Node {
  return { fixed: new Map(), param: undefined, leaves: new Map(), wildcards: new Map() };
}

function segmentsOf(path: string): string[] {
  return path.slice(1).split('/');
}

function isValue(segment: string): boolean {
  return segment.startsWith(':') || segment.startsWith('*');
}

// An object without inherited names that V8 does not keep as a hash table, as it does `Object.create(null)`.
const NullObject = function () {} as unknown as new () => Record<string, string>;
NullObject.prototype = Object.create(null);
