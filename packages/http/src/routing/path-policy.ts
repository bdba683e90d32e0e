import { show } from '@patron/core/data';

/** What a slash at the end of a path means; see {@link RoutesOptions.trailingSlash}. */
export type TrailingSlash = (typeof TRAILING_SLASH)[number];

/** Which spellings of a path are one path. */
export interface PathPolicy {
  readonly trailingSlash: TrailingSlash;
  readonly caseSensitive: boolean;
}

/** Every character counts. */
export const STRICT: PathPolicy = { trailingSlash: 'strict', caseSensitive: true };

const TRAILING_SLASH = ['strict', 'redirect', 'ignore'] as const;

/** What is wrong with a policy. */
export function checkPathPolicy({ trailingSlash, caseSensitive }: { trailingSlash?: unknown; caseSensitive?: unknown }): string[] {
  const problems: string[] = [];
  if (trailingSlash !== undefined && !(TRAILING_SLASH as readonly unknown[]).includes(trailingSlash)) {
    problems.push(`trailingSlash is ${show(trailingSlash)}; it has to be "strict", "redirect" or "ignore"`);
  }
  if (caseSensitive !== undefined && typeof caseSensitive !== 'boolean') {
    problems.push(`caseSensitive is ${show(caseSensitive)}; it has to be true or false`);
  }
  return problems;
}

/** A path without the slash at its end. `/` has none to lose, and one of several is no ending: `//` stays what it is. */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') && path.charCodeAt(path.length - 2) !== SLASH ? path.slice(0, -1) : path;
}

/** The path that differs by the slash at its end; undefined where there is none. */
export function otherForm(path: string): string | undefined {
  if (!path.endsWith('/')) return `${path}/`;
  const without = withoutSlash(path);
  return without === path ? undefined : without;
}

const SLASH = 47;
