import { type Base, type Origin, parseOrigin, splitUrl } from './origin.ts';
import { compilePath, type PathTemplate } from './path-template.ts';

/** What a caller wrote as the path or URL of a call, read: everything about it that params do not change. */
export interface Destination extends Origin {
  readonly path: PathTemplate;
  /** The path in metrics and traces; empty where it has no params, as it may hold somebody's id then. */
  readonly template: string;
  /** The query that is written with it, without a question mark. */
  readonly query: string;
}

// A program has so many paths and no more; paths with ids in them are read each time.
const MAX_KEPT = 1000;
const FORBIDDEN_IN_QUERY = /[^\u0021-\u007e]/;

/**
 * Reads paths and URLs, each once. Nothing in a path can change the host or leave the base: a path is never parsed as a
 * URL, and what others would resolve is refused.
 */
export class Destinations {
  readonly #base: Base | undefined;
  readonly #kept = new Map<string, Destination>();

  constructor(base: Base | undefined) {
    this.#base = base;
  }

  /** Undefined where it is none; what is wrong goes to `problems`. */
  read(to: unknown, problems: string[]): Destination | undefined {
    const kept = this.#kept.get(to as string);
    if (kept !== undefined) return kept;
    const place = locate(this.#base, to);
    if (typeof place === 'string') {
      problems.push(place);
      return undefined;
    }
    const found: string[] = [];
    const destination = read(place, found);
    if (found.length > 0) problems.push(...found);
    else if (this.#kept.size < MAX_KEPT) this.#kept.set(to as string, destination);
    return destination;
  }
}

type Place = Base & { readonly rest: string };

function read({ origin, address, port, prefix, rest }: Place, problems: string[]): Destination {
  const mark = rest.indexOf('?');
  const written = mark === -1 ? rest : rest.slice(0, mark);
  const query = mark === -1 ? '' : rest.slice(mark + 1);
  if (rest.includes('#')) problems.push('the URL has a fragment, which is never sent: encode "#" as %23, or use params');
  if (FORBIDDEN_IN_QUERY.test(query)) problems.push('the query has a space, a control character or is no ASCII: use the option query');
  const { parts, names } = compilePath(written === '' && prefix === '' ? '/' : written, problems);
  const [first = '', ...others] = parts;
  const template = names.length === 0 ? '' : prefix + written;
  return { origin, address, port, path: { parts: [prefix + first, ...others], names }, template, query };
}

function locate(base: Base | undefined, to: unknown): Place | string {
  if (typeof to !== 'string') return `the URL is ${to === undefined ? 'missing' : `a ${typeof to}`}: it takes a path or an absolute URL`;
  if (to.startsWith('/')) return base === undefined ? 'a path needs a client with a baseUrl' : { ...base, rest: to };
  const split = splitUrl(to);
  if (split === undefined) return 'the URL has to begin with "/", "http://" or "https://"';
  const origin = parseOrigin(split.authority);
  if (typeof origin === 'string') return origin;
  return base === undefined ? { ...origin, prefix: '', rest: split.rest } : within(base, origin, split.rest);
}

/** A client with a base has headers for it, credentials among them: they go nowhere else. */
function within(base: Base, { origin }: Origin, rest: string): Place | string {
  const next = rest.charAt(base.prefix.length);
  const isBelow = rest.startsWith(base.prefix) && (next === '' || next === '/' || next === '?');
  if (origin !== base.origin || !isBelow) return `the URL is not below the baseUrl of this client, ${base.origin}${base.prefix}`;
  return { ...base, rest: rest.slice(base.prefix.length) };
}
