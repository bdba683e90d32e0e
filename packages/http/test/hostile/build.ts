/**
 * A request that is well-formed for the listener, and made to break what is behind it: a guard, a parser, a schema, a file server. Data,
 * so that a test can drive it and a page can show it.
 */
export interface HostileToRoutes {
  readonly name: string;
  /** The bytes, one character each (latin1). */
  readonly send: string;
  readonly answer: number;
  /** What a handler sees of it, as `METHOD path` of its route, and what it was given. @default nothing */
  readonly seen?: string;
  /** Whether the connection ends with the answer, as what is left of the body is not read. @default false */
  readonly last?: true;
}

/** With the key that the guard asks for. */
export const KEY = 'Authorization: Apikey k-1';

export function request(first: string, lines: readonly string[] = [], body = ''): string {
  return `${[`${first} HTTP/1.1`, 'Host: a', ...lines].join('\r\n')}\r\n\r\n${body}`;
}

/** A POST of a body, with its length. */
export function post(path: string, type: string | undefined, body: string, ...lines: readonly string[]): string {
  const typed = type === undefined ? [] : [`Content-Type: ${type}`];
  return request(`POST ${path}`, [...typed, `Content-Length: ${body.length}`, ...lines], body);
}

/** The same in chunks, so that no length is announced. */
export function postInChunks(path: string, type: string, body: string): string {
  const chunks = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`;
  return request(`POST ${path}`, [`Content-Type: ${type}`, 'Transfer-Encoding: chunked'], `${chunks}0\r\n\r\n`);
}

/** Text in UTF-8, as bytes. */
export const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
