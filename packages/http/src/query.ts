import { parse } from 'node:querystring';

/**
 * A query as it came: one string per name, an array where the name occurs more than once. Names and values are decoded
 * as forms are (`+` is a space); a malformed escape stays as it is. The record has no prototype, so a parameter named
 * `__proto__` is a name like any other.
 */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

const EMPTY: RawQuery = Object.freeze(Object.create(null) as Record<string, never>);

/** Parses a query without its question mark. The listener bounds its length, so every parameter is taken. */
export function parseQuery(query: string): RawQuery {
  return query === '' ? EMPTY : parse(query, '&', '=', { maxKeys: 0 });
}
