import { type ConnectionOptions, createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Dispatcher } from 'undici';
import { LONGEST_MS } from '../deadline/timers.ts';
import { checkTimeoutHeader, resolveTimeoutHeader } from '../deadline/timeout-header.ts';
import { Destinations } from './destination.ts';
import { HttpClientOptionsError } from './errors.ts';
import { type Base, parseOrigin, printableInput, splitUrl } from './origin.ts';
import { compilePath } from './path-template.ts';
import { type RequestHeaders, toHeaderList } from './request-headers.ts';
import { wholeNumber } from './whole-number.ts';

/** What a client takes of the options of `node:tls`. */
export type TlsOptions = SecureContextOptions & Pick<ConnectionOptions, 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'>;

/** Options of an {@link HttpClient}. */
export interface HttpClientOptions {
  /** `http://orders:8080` or `https://example.com/api`: what all paths of the client are below. @default none: calls take absolute URLs */
  readonly baseUrl?: string;
  /** In log lines of a stop, and in errors of a service. @default `http client <host>` */
  readonly name?: string;
  /** Milliseconds for a whole call: the connection, the answer, the last byte of its body. @default 30,000 */
  readonly timeoutMs?: number;
  /**
   * The header that tells a server how many milliseconds its caller waits, where the work around a call has a deadline: that of a
   * route's `timeoutMs`, one that came in by this header, or one of `withDeadline` of `@patron/trace`. `false`: nobody is told, and
   * calls are shortened all the same. @default 'x-request-timeout-ms'
   */
  readonly timeoutHeader?: string | false;
  /** On every call; those of a call win. @default none */
  readonly headers?: RequestHeaders;
  /** The most bytes of an answer that `bytes()`, `text()` and `json()` keep. A stream has no limit. @default 10 MiB */
  readonly maxBodyBytes?: number;
  /** Milliseconds until a new connection has to stand. @default 10,000 */
  readonly connectTimeoutMs?: number;
  /** The most connections to one origin; calls past it wait, within their own timeout. @default no limit */
  readonly maxConnections?: number;
  /**
   * Milliseconds that a connection is kept without a call, where the server does not say by `Keep-Alive`. It has to be
   * less than the server waits, or calls meet a connection that is being closed. @default 4000
   */
  readonly keepAliveTimeoutMs?: number;
  /** Certificates, as `node:tls` takes them: `{ ca }`, `{ cert, key }`. @default the system's authorities, no client certificate */
  readonly tls?: TlsOptions;
  /** An undici dispatcher of your own, for a proxy or a Unix socket. Whoever made it closes it. @default an `Agent` that is the client's */
  readonly dispatcher?: Dispatcher;
}

/** What a client runs by: every value checked. */
export interface ClientConfig {
  readonly base: Base | undefined;
  readonly destinations: Destinations;
  readonly name: string;
  readonly timeoutMs: number;
  /** In lower case. */
  readonly timeoutHeader: string | false;
  readonly headers: readonly string[];
  readonly maxBodyBytes: number;
  readonly connectTimeoutMs: number;
  readonly maxConnections: number | undefined;
  readonly keepAliveTimeoutMs: number;
  readonly tls: TlsOptions | undefined;
  readonly dispatcher: Dispatcher | undefined;
  readonly protocolVersion: '1.1' | undefined;
}

const OF_AGENT = ['connectTimeoutMs', 'maxConnections', 'keepAliveTimeoutMs', 'tls'] as const;
const KNOWN = ['baseUrl', 'name', 'timeoutMs', 'timeoutHeader', 'headers', 'maxBodyBytes', 'dispatcher', ...OF_AGENT];

/** Resolves options and defaults. @throws HttpClientOptionsError with everything that is wrong. */
export function resolveOptions(options: HttpClientOptions): ClientConfig {
  if (typeof options !== 'object' || options === null) throw new HttpClientOptionsError(['the options are not an object']);
  const problems = Object.keys(options).flatMap((name) => (KNOWN.includes(name) ? [] : [`there is no option "${name}"`]));
  const base = resolveBase(options.baseUrl, problems);
  const { dispatcher, tls, name } = options;
  if (dispatcher !== undefined) checkDispatcher(options, problems);
  checkTls(tls, problems);
  problems.push(...checkTimeoutHeader(options.timeoutHeader));
  if (name !== undefined && (typeof name !== 'string' || name === '')) problems.push('name has to be a string that is not empty');
  const whole = (option: keyof HttpClientOptions, least: number, most: number): number | undefined =>
    wholeNumber(option, options[option], least, most, problems);
  const config: ClientConfig = {
    base,
    destinations: new Destinations(base),
    name: name ?? (base === undefined ? 'http client' : `http client ${base.origin.replace(/^https?:\/\//, '')}${base.prefix}`),
    timeoutMs: whole('timeoutMs', 1, LONGEST_MS) ?? 30_000,
    timeoutHeader: resolveTimeoutHeader(options.timeoutHeader),
    headers: toHeaderList(options.headers, problems),
    maxBodyBytes: whole('maxBodyBytes', 0, Number.MAX_SAFE_INTEGER) ?? 10 * 1024 * 1024,
    connectTimeoutMs: whole('connectTimeoutMs', 1, LONGEST_MS) ?? 10_000,
    maxConnections: whole('maxConnections', 1, 1_000_000),
    keepAliveTimeoutMs: whole('keepAliveTimeoutMs', 1, LONGEST_MS) ?? 4000,
    tls,
    dispatcher,
    protocolVersion: dispatcher === undefined ? '1.1' : undefined,
  };
  if (problems.length > 0) throw new HttpClientOptionsError(problems);
  return config;
}

function resolveBase(baseUrl: unknown, problems: string[]): Base | undefined {
  if (baseUrl === undefined) return undefined;
  const found = typeof baseUrl === 'string' ? parseBase(baseUrl) : `is a ${typeof baseUrl}`;
  if (typeof found !== 'string') return found;
  const shown = typeof baseUrl === 'string' ? ` "${printableInput(baseUrl)}"` : '';
  problems.push(`baseUrl${shown} ${found}: it takes "http://host:port" or "https://host/path"`);
  return undefined;
}

function parseBase(baseUrl: string): Base | string {
  const split = splitUrl(baseUrl);
  if (split === undefined) return 'is no http or https URL';
  const origin = parseOrigin(split.authority);
  if (typeof origin === 'string') return `can't be used, as ${origin}`;
  if (/[?#]/.test(split.rest)) return 'has a query or a fragment';
  const inPath: string[] = [];
  const { parts, names } = compilePath(split.rest, inPath);
  if (names.length > 0) inPath.push('it has params');
  if (inPath.length > 0) return `can't be used, as ${inPath.join('; ')}`;
  return { ...origin, prefix: parts.join('').replace(/\/+$/, '') };
}

/** A key that does not fit is found here, with the rest, and not by the first call. */
function checkTls(tls: TlsOptions | undefined, problems: string[]): void {
  if (tls === undefined) return;
  try {
    createSecureContext(tls);
  } catch (error) {
    problems.push(`tls can't be used: ${(error as Error).message}`);
  }
}

function checkDispatcher(options: HttpClientOptions, problems: string[]): void {
  if (typeof (options.dispatcher as Partial<Dispatcher> | null)?.dispatch !== 'function')
    problems.push('dispatcher is no undici Dispatcher');
  for (const option of OF_AGENT) {
    if (options[option] !== undefined) problems.push(`${option} is an option of the client's own connections: a dispatcher brings its own`);
  }
}
