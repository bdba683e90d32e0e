import { show } from '@patron/core/data';
import { errorStatuses, onceClosed } from '@patron/core/http';
import type { Fields } from '@patron/log';
import type { Exchange } from '../exchange.ts';
import { checkFunction, checkKnown, checkTokens, refuse, type Unchecked } from '../guard/check.ts';
import type { Middleware } from '../middleware.ts';
import { HttpRequest } from '../request.ts';
import { checkRedaction, headerRedactor, type Redaction, targetRedactor } from './redact.ts';

/** How an answer ended: sent whole, the client went before it had it all, or the server broke it off. */
export type AnswerEnd = 'whole' | 'client gone' | 'broken off';

/** What a line of the access log has, besides the correlation id and what `headers` and `fields` add. */
export interface AccessLogFields {
  readonly method: string;
  /** The route's pattern; not there where no route is known. */
  readonly route?: string;
  /** Path and query, the latter redacted; at most 1,024 characters. */
  readonly path: string;
  /** Not there where the connection ended before an answer began. */
  readonly status?: number;
  /** From the middleware to the end of the answer. */
  readonly durationMs: number;
  /** What went out on the connection meanwhile, the head included, before TLS. */
  readonly bytes: number;
  readonly userAgent?: string;
  /** The address of the peer: the client's, or that of the last proxy. */
  readonly peer?: string;
  /** The client's address, where trusted proxies say that it is another one. */
  readonly client?: string;
  /** Not there where the answer was sent whole. */
  readonly end?: Exclude<AnswerEnd, 'whole'>;
}

/** Options of {@link accessLog}. */
export interface AccessLogOptions {
  /** The level of lines that are no errors. @default 'info' */
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
  /** Headers of the request that are logged too, by their names in lower case, in the field `headers`. @default none */
  readonly headers?: readonly string[];
  /** More fields, asked for when the answer is over. */
  readonly fields?: (request: HttpRequest, line: AccessLogFields) => Fields;
  /** What must not stand in the log. `Authorization`, `Cookie`, `Proxy-Authorization` and `X-Api-Key` never do. @default the values of the query */
  readonly redact?: Redaction;
  /** Requests that are not logged, asked before anything is done for them. @default all are */
  readonly skip?: (request: HttpRequest) => boolean;
}

const KNOWN = ['level', 'headers', 'fields', 'redact', 'skip'];
const MESSAGE = 'request';
/** The others end the process. */
const WRITABLE = ['debug', 'info', 'warn', 'error'] as const;
type LineLevel = (typeof WRITABLE)[number];

/**
 * One line for each request, when its answer is really over: a stream has ended, the last byte is out, or the client has gone
 * (then the line says so in `end`). It is the first of the middlewares of `routes()`, so that it sees what the others answer.
 *
 * A status from 500 on is logged as an error, or what `PATRON_HTTP_STATUS_ERROR_LOGGING` says instead; one that a client did
 * not wait for as a warning, one that the server broke off as an error, all others with `level`.
 *
 * @throws GuardOptionsError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { accessLog, get, routes } from '@patron/http';
 *
 * routes([get('/orders', () => [])], {
 *   middlewares: [accessLog({ headers: ['referer'], redact: { query: ['token'] }, skip: (request) => request.path === '/favicon.ico' })],
 * });
 * ```
 */
export function accessLog(options: AccessLogOptions = {}): Middleware {
  refuse('accessLog()', problemsOf(options));
  const { level = 'info', headers = [], fields, redact = {}, skip } = options;
  const showTarget = targetRedactor(redact);
  const showHeader = headerRedactor(redact);

  const headersOf = (request: HttpRequest): Fields => {
    const shown: Record<string, string> = {};
    for (const name of headers) {
      const value = request.header(name);
      if (value !== undefined) shown[name.toLowerCase()] = showHeader(name, value);
    }
    return { headers: shown };
  };

  const write = (request: HttpRequest, exchange: Exchange, start: Start): void => {
    const { logger } = exchange.active;
    const line = lineOf(request, exchange, start, showTarget, showHeader);
    const chosen = levelOf(line, level);
    if (!logger.enabled(chosen)) return;
    let more: Fields | undefined;
    try {
      more = fields?.(request, line);
    } catch (error) {
      // Nobody is left who could get it: the answer is out. Thrown on, it would end the process.
      logger.error('the fields of an access log failed', { route: request.route, error });
    }
    logger[chosen](MESSAGE, { ...line, ...(headers.length > 0 ? headersOf(request) : undefined), ...more });
  };

  return (next) => (request) => {
    if (skip?.(request) === true) return next(request);
    const exchange = HttpRequest.exchangeOf(request);
    // A connection that has gone by the end has no addresses any more.
    const { remoteAddress: peer, clientAddress: client } = request;
    const start = { at: performance.now(), bytes: exchange.raw.socket.bytesWritten, peer, client };
    onceClosed(exchange.response, () => write(request, exchange, start));
    return next(request);
  };
}

/** What is known when a request comes, and not when its answer is over. */
interface Start {
  readonly at: number;
  /** What its connection had been written before. */
  readonly bytes: number;
  readonly peer: string | undefined;
  readonly client: string | undefined;
}

function lineOf(
  request: HttpRequest,
  exchange: Exchange,
  { at, bytes, peer, client }: Start,
  showTarget: (target: string) => string,
  showHeader: (name: string, value: string) => string,
): AccessLogFields {
  const { response, raw } = exchange;
  const { route } = request;
  const userAgent = request.header('user-agent');
  const end = endOf(exchange);
  return {
    method: request.method,
    ...(route !== undefined && { route }),
    path: showTarget(request.url),
    ...(response.headersSent && { status: response.statusCode }),
    durationMs: Math.round((performance.now() - at) * 100) / 100,
    bytes: raw.socket.bytesWritten - bytes,
    ...(userAgent !== undefined && { userAgent: showHeader('user-agent', userAgent) }),
    ...(peer !== undefined && { peer }),
    ...(client !== undefined && client !== peer && { client }),
    ...(end !== 'whole' && { end }),
  };
}

/** A client that goes ends its side of the connection, or resets it; where neither is seen, it was us. */
function endOf({ response, raw: { socket } }: Exchange): AnswerEnd {
  if (response.writableFinished) return 'whole';
  return socket.readableEnded || socket.errored !== null ? 'client gone' : 'broken off';
}

function levelOf({ status, end }: AccessLogFields, level: LineLevel): LineLevel {
  const statuses = errorStatuses();
  if (status !== undefined && (statuses === undefined ? status >= 500 : statuses.has(status))) return 'error';
  if (end === 'broken off') return 'error';
  return end === undefined ? level : 'warn';
}

function problemsOf(options: unknown): string[] {
  const problems = checkKnown(options, KNOWN);
  if (typeof options !== 'object' || options === null) return problems;
  const given = options as Unchecked;
  const { level } = given;
  if (level !== undefined && !(WRITABLE as readonly unknown[]).includes(level))
    problems.push(`level is ${show(level)}: it takes one of ${WRITABLE.join(', ')}`);
  problems.push(
    ...checkTokens(given, 'headers'),
    ...checkRedaction(given['redact']),
    ...checkFunction(given, 'fields'),
    ...checkFunction(given, 'skip'),
  );
  return problems;
}
