/**
 * Requests that break RFC 9112 or are made to be read differently by two servers, and what a service answers to each. Data,
 * so that a test can drive it and a page can show it.
 */
export interface HostileRequest {
  name: string;
  /** Where the rule stands. */
  rule: string;
  /** The bytes, one character each (latin1). */
  send: string;
  /** The status of the first answer; `closed` where the connection is closed without one. */
  answer: number | 'closed';
  /** What the handler sees of it, as `METHOD target`. @default nothing */
  seen?: readonly string[];
  /** Whether the connection ends after an answer that is no refusal. @default false */
  last?: true;
  /** Whether it is unfinished, so that what comes behind would be a part of it. @default false */
  unfinished?: true;
}

export const OK = 200;
export const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
export const CHUNK = SMUGGLED.length.toString(16);

/** A request with these lines in its head. */
export function request(first: string, ...lines: readonly string[]): string {
  return `${[first, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A GET with a Host and these further lines. */
export function get(...lines: readonly string[]): string {
  return request('GET /a HTTP/1.1', 'Host: a', ...lines);
}

/** A POST with a Host, these further lines, and what follows the head. */
export function post(lines: readonly string[], body = ''): string {
  return request('POST /a HTTP/1.1', 'Host: a', ...lines) + body;
}

export function chunked(body: string): string {
  return post(['Transfer-Encoding: chunked'], body);
}

export const SEEN_GET = ['GET /a'] as const;
export const SEEN_POST = ['POST /a'] as const;
