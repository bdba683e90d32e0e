import { encodeText } from './encode-text.ts';
import type { Query } from './request-options.ts';

/** Encodes a query, without a question mark; a space is `%20`, which is one everywhere. What is wrong goes to `problems`. */
export function encodeQuery(query: Query | undefined, problems: string[]): string {
  if (query === undefined) return '';
  if (query instanceof URLSearchParams) return query.toString();
  if (typeof query !== 'object' || query === null) {
    problems.push('query is not an object of names and values');
    return '';
  }
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      const pair = encodePair(name, item);
      if (pair === undefined) problems.push(`query "${name.slice(0, 80)}" is no string, number or boolean, or no well-formed text`);
      else pairs.push(pair);
    }
  }
  return pairs.join('&');
}

/** A path and query for a trace: the names tell what was asked, the values are somebody's. */
export function redactPath(path: string): string {
  const mark = path.indexOf('?');
  if (mark === -1) return path;
  const names = path
    .slice(mark + 1)
    .split('&')
    .map((pair) => (pair.includes('=') ? `${pair.slice(0, pair.indexOf('='))}=REDACTED` : 'REDACTED'));
  return `${path.slice(0, mark)}?${names.join('&')}`;
}

function encodePair(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const [encodedName, encodedValue] = [encodeText(name), encodeText(String(value))];
  return encodedName === undefined || encodedValue === undefined ? undefined : `${encodedName}=${encodedValue}`;
}
