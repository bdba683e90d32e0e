import { STATUS_CODES, ServerResponse } from 'node:http';
import { isSpecial } from './answer-headers.ts';
import type { Exchange } from './exchange.ts';
import type { CheckedHeaders } from './headers.ts';

/** A method as node:http has it: compared with what a response has, never called. */
const own = (name: string): unknown => Reflect.get(ServerResponse.prototype, name);
const writeHead = own('writeHead');
const end = own('end');
const storeHeader = own('_storeHeader');

/** What node:http keeps of an answer, under its own names. */
interface Inner extends ServerResponse {
  /** The head, until it is sent. */
  _header?: unknown;
  _headerSent?: unknown;
  _contentLength?: number | null;
  _removedConnection?: boolean;
  _removedContLen?: boolean;
  _hasBody?: boolean;
  _expect_continue?: boolean;
  _defaultKeepAlive?: boolean;
  _keepAliveTimeout?: number;
  _maxRequestsPerSocket?: number | null;
  maxRequestsOnConnectionReached?: boolean;
  _storeHeader?: unknown;
  /** Of every outgoing message since Node 15.4; its types know it of requests. */
  getRawHeaderNames?: () => string[];
}

type Whole = Inner & Required<Pick<Inner, 'getRawHeaderNames' | '_keepAliveTimeout'>>;

/**
 * Writes a whole answer of ASCII text, head and text in one string. `writeHead` takes every name and value to be a stranger's and
 * looks at each; these are constants, a number, an id that was checked when it came in, and headers that were looked at when they were
 * said. That saves a small answer a tenth, one with headers of guards (CORS, security) a fifth.
 *
 * @param type - Of the text, where the headers have none. A constant: it is not checked.
 * @returns False, and nothing is done, where the answer is not plain: a wrapped response, a header that has a meaning of its own or
 * a status line of somebody else's, no body to send (HEAD), the last answer of its connection, a client of HTTP/1.0.
 */
export function writeAtOnce(exchange: Exchange, status: number, type: string, text: string, headers?: CheckedHeaders): boolean {
  const response: Inner = exchange.response;
  if (!isPlain(response)) return false;
  const said = exchange.headerText();
  const before = linesOf(response);
  // What was said may stand in the place of what was set before.
  if (said === undefined || before === undefined || (said !== '' && before !== '')) return false;
  const own = headers === undefined ? '' : linesOfOwn(exchange, headers);
  const told = headers?.['content-type'] ?? type;
  if (own === undefined || typeof told !== 'string' || (told !== type && !FIELD_LINE.test(`content-type: ${told}`))) return false;
  response.statusCode = status;
  response.statusMessage = STATUS_CODES[status] ?? 'unknown';
  response._contentLength = text.length;
  const head = `${beginningOf(status, told)}${exchange.active.correlationId}\r\n${before}${said}${own}${restOf(response._keepAliveTimeout)}`;
  response._header = `${head}${text.length}\r\n\r\n`;
  response._headerSent = false;
  endWithText(response, text);
  return true;
}

/** Headers that a handler can't have of its own, or not in the same way: the head has them from patron. @param key - In lower case. */
export function isPatrons(key: string): boolean {
  return key === 'content-type' || key === 'content-length' || key === 'x-correlation-id';
}

// RFC 9110 §5.1, §5.5, as node:http has them.
const FIELD_LINE = /^[!#$%&'*+\-.^`|~\w]+: [\t\x20-\x7e\x80-\xff]*$/;

/**
 * The headers of one answer, as lines; undefined where one replaces what was said, or goes together with it. They were checked
 * where they were written down, but an object may change: a line that is none is left to node:http, which refuses it.
 */
function linesOfOwn(exchange: Exchange, headers: CheckedHeaders): string | undefined {
  let lines = '';
  for (const key in headers) {
    if (isPatrons(key)) continue;
    const value = headers[key];
    if (typeof value !== 'string' || isSpecial(key) || exchange.getHeader(key) !== undefined) return undefined;
    const line = `${key}: ${value}`;
    if (!FIELD_LINE.test(line)) return undefined;
    lines += `${line}\r\n`;
  }
  return lines;
}

let beginning = { status: 0, type: '', text: '' };

/** A head up to the correlation id. The one before again, nearly always. */
function beginningOf(status: number, type: string): string {
  if (status !== beginning.status || type !== beginning.type) {
    const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\nContent-Type: ${type}\r\nX-Correlation-Id: `;
    beginning = { status, type, text };
  }
  return beginning.text;
}

let rest = { keepAliveMs: 0, second: 0, text: '' };

/** A head from the date to the length, as node:http writes them. The one before again, nearly always. */
function restOf(keepAliveMs: number): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== rest.second || keepAliveMs !== rest.keepAliveMs) {
    const hint = keepAliveMs > 0 ? `Keep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n` : '';
    const date = new Date(second * 1000).toUTCString();
    rest = { keepAliveMs, second, text: `Date: ${date}\r\nConnection: keep-alive\r\n${hint}Content-Length: ` };
  }
  return rest.text;
}

/**
 * Ends an answer whose head is written, with ASCII text behind the head: one string, one write. `end(text)` hands the socket
 * two pieces, the second of them empty, and what the system then has to gather costs 1 to 3 µs more, up to a tenth of a
 * small answer.
 *
 * A response that somebody has wrapped (to compress it, to measure it) has an `end` of its own, and gets the text there.
 */
export function endWithText(response: ServerResponse, text: string): void {
  if (isOurs(response)) {
    response._header += text;
    response.end();
  } else response.end(text, 'latin1');
}

function isPlain(response: Inner): response is Whole {
  return (
    response.writeHead === writeHead &&
    response.end === end &&
    response._storeHeader === storeHeader &&
    !response.headersSent &&
    !response.destroyed &&
    !response.statusMessage &&
    response.shouldKeepAlive &&
    response._defaultKeepAlive === true &&
    response._removedConnection === false &&
    !response.maxRequestsOnConnectionReached &&
    !response._maxRequestsPerSocket &&
    typeof response._keepAliveTimeout === 'number' &&
    response.sendDate &&
    response.useChunkedEncodingByDefault &&
    !response.chunkedEncoding &&
    response._hasBody === true &&
    response._removedContLen === false &&
    response._expect_continue === false &&
    !response.strictContentLength
  );
}

/** The headers that were set before, as lines; undefined where node:http has more to do with one than to write it. */
function linesOf(response: Whole): string | undefined {
  let lines = '';
  for (const name of response.getRawHeaderNames()) {
    const value = response.getHeader(name);
    if (isSpecial(name.toLowerCase()) || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

function isOurs(response: Inner): response is Inner & { _header: string } {
  return (
    response.end === end &&
    response._headerSent === false &&
    typeof response._header === 'string' &&
    !response.chunkedEncoding &&
    !response.strictContentLength
  );
}
