import type { TLSSocket } from 'node:tls';
import { show } from '@patron/core/data';
import { HeaderLine } from '../answer-headers.ts';
import { checkBoolean, checkKnown, checkWhole, refuse, type Unchecked } from '../guard/check.ts';
import { checkHeader } from '../headers.ts';
import type { Middleware } from '../middleware.ts';
import { HttpRequest } from '../request.ts';

/** `Strict-Transport-Security` (RFC 6797). */
export interface HstsOptions {
  /** How long browsers come by TLS only, in seconds. @default 31,536,000 (a year) */
  readonly maxAgeSeconds?: number;
  /** Whether that holds for all hosts below this one too. @default false */
  readonly includeSubDomains?: boolean;
  /** Whether the host may go on the list that browsers bring along. Hard to undo. @default false */
  readonly preload?: boolean;
}

/** Options of {@link securityHeaders}: the value of each header, or false to leave it out. */
export interface SecurityHeadersOptions {
  /** `X-Content-Type-Options`: nobody guesses a type. @default 'nosniff' */
  readonly contentTypeOptions?: string | false;
  /** `Content-Security-Policy`: an answer of an API loads nothing and is in nobody's frame. @default `default-src 'none'; frame-ancestors 'none'` */
  readonly contentSecurityPolicy?: string | false;
  /** `Referrer-Policy`. @default 'no-referrer' */
  readonly referrerPolicy?: string | false;
  /** `Cross-Origin-Resource-Policy`: no page of another origin embeds an answer. Requests by CORS are not concerned. @default 'same-origin' */
  readonly crossOriginResourcePolicy?: string | false;
  /** `Cross-Origin-Opener-Policy`. @default 'same-origin' */
  readonly crossOriginOpenerPolicy?: string | false;
  /** `Strict-Transport-Security`, over TLS only (RFC 6797 §7.2): where a proxy ends TLS, it is the proxy's to send. @default a year, this host only */
  readonly strictTransportSecurity?: HstsOptions | false;
}

const HEADERS = {
  contentTypeOptions: ['X-Content-Type-Options', 'nosniff'],
  contentSecurityPolicy: ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  referrerPolicy: ['Referrer-Policy', 'no-referrer'],
  crossOriginResourcePolicy: ['Cross-Origin-Resource-Policy', 'same-origin'],
  crossOriginOpenerPolicy: ['Cross-Origin-Opener-Policy', 'same-origin'],
} as const;

const NAMES = Object.keys(HEADERS) as (keyof typeof HEADERS)[];
const YEAR_SECONDS = 31_536_000;

/**
 * Headers that tell browsers what an answer of an API is not for. They are on every answer, errors too; a handler's own
 * win. Belongs into the middlewares of `routes()`.
 *
 * @throws GuardOptionsError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { get, respond, routes, securityHeaders } from '@patron/http';
 *
 * const page = get('/', () =>
 *   respond(200, '<h1>Hello</h1>', { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': "default-src 'self'" }),
 * );
 * routes([page, get('/orders', () => [])], { middlewares: [securityHeaders({ crossOriginOpenerPolicy: false })] });
 * ```
 */
export function securityHeaders(options: SecurityHeadersOptions = {}): Middleware {
  refuse('securityHeaders()', problemsOf(options));
  const headers = NAMES.flatMap((name) => {
    const [header, standard] = HEADERS[name];
    const value = options[name] ?? standard;
    return value === false ? [] : [new HeaderLine(header, value)];
  });
  const hsts =
    options.strictTransportSecurity === false
      ? undefined
      : new HeaderLine('Strict-Transport-Security', hstsOf(options.strictTransportSecurity ?? {}));
  return (next) => (request) => {
    const exchange = HttpRequest.exchangeOf(request);
    for (const header of headers) exchange.setHeader(header);
    if (hsts !== undefined && (exchange.raw.socket as Partial<TLSSocket>).encrypted === true) exchange.setHeader(hsts);
    return next(request);
  };
}

function hstsOf({ maxAgeSeconds = YEAR_SECONDS, includeSubDomains = false, preload = false }: HstsOptions): string {
  return `max-age=${maxAgeSeconds}${includeSubDomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`;
}

function problemsOf(options: unknown): string[] {
  const problems = checkKnown(options, [...NAMES, 'strictTransportSecurity']);
  if (typeof options !== 'object' || options === null) return problems;
  const given = options as Unchecked;
  for (const name of NAMES) {
    const value = given[name];
    if (value === undefined || value === false) continue;
    if (typeof value !== 'string' || value === '' || !canBeSent(HEADERS[name][0], value))
      problems.push(`${name} is ${show(value)}: it takes the value of a header, or false`);
  }
  const hsts = given['strictTransportSecurity'];
  if (hsts === undefined || hsts === false) return problems;
  const inHsts = checkKnown(hsts, ['maxAgeSeconds', 'includeSubDomains', 'preload']);
  if (typeof hsts === 'object' && hsts !== null) {
    inHsts.push(
      ...checkWhole(hsts as Unchecked, 'maxAgeSeconds', 0, 10 * YEAR_SECONDS),
      ...checkBoolean(hsts as Unchecked, 'includeSubDomains'),
      ...checkBoolean(hsts as Unchecked, 'preload'),
    );
  }
  return [...problems, ...inHsts.map((problem) => `strictTransportSecurity: ${problem}`)];
}

function canBeSent(name: string, value: string): boolean {
  try {
    checkHeader(name, value);
    return true;
  } catch {
    return false;
  }
}
