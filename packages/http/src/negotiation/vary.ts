import type { CheckedHeaders } from '../headers.ts';

/** Headers with a name in `Vary` (RFC 9110 §12.5.5), besides those that are there. */
export function withVary(headers: CheckedHeaders, name: string): CheckedHeaders {
  return { ...headers, vary: joinVary(headers['vary'], name) };
}

/** Two values of `Vary` as one, each name once. */
export function joinVary(first: number | string | readonly string[] | undefined, second: string | readonly string[]): string {
  const names = new Map<string, string>();
  for (const name of `${namesOf(first)},${namesOf(second)}`.split(',')) {
    const trimmed = name.trim();
    if (trimmed !== '') names.set(trimmed.toLowerCase(), trimmed);
  }
  return [...names.values()].join(', ');
}

function namesOf(value: number | string | readonly string[] | undefined): string {
  return value === undefined ? '' : String(value); // an array is joined by commas
}
