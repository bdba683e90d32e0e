/** Whom a call goes to. */
export interface Origin {
  /** `http://orders:8080`; without the port where it is the scheme's own. */
  readonly origin: string;
  /** The host as metrics and traces name it: in lower case, an IPv6 address without brackets. */
  readonly address: string;
  readonly port: number;
}

/** An origin, and the path that all calls of a client are below. */
export interface Base extends Origin {
  /** Without a slash at its end: empty, or `/api`. */
  readonly prefix: string;
}

/** What is before the path of an absolute URL, and what follows. */
const ABSOLUTE = /^(https?:\/\/[^/?#\\]*)(.*)$/is;

/** Splits an absolute http or https URL; undefined for anything else. */
export function splitUrl(url: string): { authority: string; rest: string } | undefined {
  const match = ABSOLUTE.exec(url);
  return match === null ? undefined : { authority: match[1] as string, rest: match[2] as string };
}

/** The origin of `http://host:port`. @returns a sentence where it is none. */
export function parseOrigin(authority: string): Origin | string {
  // Before the URL is parsed, as no message may ever repeat them.
  if (authority.includes('@')) return 'the URL has credentials in it: send them as a header, `Authorization`';
  const url = URL.canParse(authority) ? new URL(authority) : undefined;
  if (url === undefined || url.hostname === '') return 'the URL has a malformed host or port';
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { origin: url.origin, address: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** A URL for a message: without query and fragment, and not without end. */
export function printable(url: string): string {
  return JSON.stringify(url.replace(/[?#].*$/s, '').slice(0, 200)).slice(1, -1);
}

/** What was given as a URL, for a message: without credentials too. A password may hold a slash: up to the last `@` it is hidden. */
export function printableInput(url: unknown): string {
  return printable(typeof url === 'string' ? url.replace(/^([^/?#]*\/\/).*@/s, '$1…@') : String(url));
}
