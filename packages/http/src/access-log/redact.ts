import { show } from '@patron/core/data';

/** What of a request must not stand in a log. */
export interface Redaction {
  /** Params of the query whose values are left out: all, or those of these names (in any case). @default 'all' */
  readonly query?: 'all' | readonly string[];
  /** Headers whose values are left out, besides those that carry credentials by their nature. @default none */
  readonly headers?: readonly string[];
}

const HIDDEN = 'REDACTED';
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key'];
/** A line is to be read: a target may have 8,192 characters, a header 16 KiB. */
const LONGEST = 1024;

/** What shows a request target without what must not be seen. */
export function targetRedactor({ query = 'all' }: Redaction): (target: string) => string {
  const names = query === 'all' ? undefined : new Set(query.map((name) => name.toLowerCase()));
  return (target) => {
    const mark = target.indexOf('?');
    if (mark === -1 || (names !== undefined && names.size === 0)) return cut(target);
    const pairs = target.slice(mark + 1).split('&');
    return cut(`${target.slice(0, mark)}?${pairs.map((pair) => redactPair(pair, names)).join('&')}`);
  };
}

/** What shows a header without what must not be seen. */
export function headerRedactor({ headers = [] }: Redaction): (name: string, value: string) => string {
  const names = new Set([...CREDENTIALS, ...headers.map((name) => name.toLowerCase())]);
  return (name, value) => (names.has(name.toLowerCase()) ? HIDDEN : cut(value));
}

/** What is wrong with `redact`, a sentence each. */
export function checkRedaction(redact: unknown): string[] {
  if (redact === undefined) return [];
  if (typeof redact !== 'object' || redact === null) return [`redact is ${show(redact)}: it takes an object`];
  const problems = Object.keys(redact).flatMap((name) =>
    ['query', 'headers'].includes(name) ? [] : [`there is no option "redact.${name}"`],
  );
  const { query, headers } = redact as { query?: unknown; headers?: unknown };
  if (query !== undefined && query !== 'all' && !areStrings(query))
    problems.push(`redact.query is ${show(query)}: it takes 'all' or a list of names`);
  if (headers !== undefined && !areStrings(headers)) problems.push(`redact.headers is ${show(headers)}: it takes a list of names`);
  return problems;
}

function redactPair(pair: string, names: ReadonlySet<string> | undefined): string {
  const equals = pair.indexOf('=');
  // A name without a value may be the secret itself (`?<token>`), where everything is to be hidden.
  if (equals === -1) return names === undefined && pair !== '' ? HIDDEN : pair;
  const name = pair.slice(0, equals);
  return names === undefined || names.has(decoded(name)) ? `${name}=${HIDDEN}` : pair;
}

/** `to%6ben` is `token` for whoever reads the query, so it is here. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}

function areStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
