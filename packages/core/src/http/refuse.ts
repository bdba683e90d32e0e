import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { metrics } from '@patron/trace';
import { isClosing, markClosing } from './closing.ts';

/** The status with which a request is refused before anybody sees it. */
export type Refusal = 400 | 414 | 431 | 501 | 505;

const MAX_HEADERS = 200;
const MAX_TARGET = 8192;
// RFC 9110 §4.2.1 and RFC 3986 §3.2.2: a name or an address, and perhaps a port. No user, no path, no space, not nothing.
const HOST = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+(?::\d{0,5})?$|^\[[0-9A-Fa-f:.]+\](?::\d{0,5})?$/;
// What RFC 3986 has no place for, no browser sends unencoded, and Node lets through: some servers cut the target at a # and
// some don't; to some a backslash is a slash.
const SUSPECT = /["#<>\\]/;
const ABSOLUTE = /^https?:\/\/([^/?#@\s]+)(\/[^\s]*)?(\?[^\s]*)?$/i;

let lastHost = '';

/**
 * Answers a request that may not be served; true where it did. Nothing behind it on its connection is served either: where
 * a request was misread, what follows may be the rest of it. Nor is it read: a body fills its first buffer and then waits.
 */
export function refused(request: IncomingMessage, response: ServerResponse): boolean {
  if (isClosing(request.socket)) return true;
  const status = refuse(request);
  if (status === undefined) return false;
  markClosing(request.socket);
  countRefusal(status);
  const reason = STATUS_CODES[status] ?? '';
  response.writeHead(status, { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': reason.length });
  response.end(reason);
  return true;
}

/**
 * What Node's parser lets through and RFC 9112 does not: other versions (§2.3), no Host, several or a malformed one (§3.2),
 * targets of unknown form (§3.2), codings other than chunked and codings in HTTP/1.0 (§6.1). Two servers that read such a
 * request differently are how requests are smuggled. Also the limits that the parser does not have: 200 header fields,
 * 8,192 characters of target.
 */
export function refuse(request: IncomingMessage): Refusal | undefined {
  const { rawHeaders, httpVersionMajor, httpVersionMinor } = request;
  if (httpVersionMajor !== 1 || httpVersionMinor > 1) return 505;
  const target = request.url ?? '';
  if (target.length > MAX_TARGET) return 414;
  if (rawHeaders.length > MAX_HEADERS * 2) return 431;
  let host: string | undefined;
  let coding: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && (name === 'Host' || name === 'host' || name.toLowerCase() === 'host')) {
      if (host !== undefined) return 400;
      host = rawHeaders[i + 1] as string;
    } else if (name.length === 17 && (name.charCodeAt(0) | 32) === 116 && name.toLowerCase() === 'transfer-encoding') {
      if (coding !== undefined) return 400;
      coding = rawHeaders[i + 1] as string;
    }
  }
  if (host === undefined) {
    if (httpVersionMinor === 1) return 400;
  } else if (host !== lastHost) {
    // A keep-alive client sends the same host for ever: the expression runs when it changes.
    if (!HOST.test(host)) return 400;
    lastHost = host;
  }
  if (coding !== undefined) {
    const refusal = refuseCoding(coding, httpVersionMinor);
    if (refusal !== undefined) return refusal;
  }
  if (SUSPECT.test(target) && !acceptSuspect(target)) return 400;
  return target.charCodeAt(0) === 47 || acceptOtherForm(request, target) ? undefined : 400;
}

/** `chunked` is the only coding that frames, and since it is new in HTTP/1.1, one in HTTP/1.0 is a sender that guesses. */
function refuseCoding(coding: string, minor: number): Refusal | undefined {
  if (minor === 0) return 400;
  const lower = coding.toLowerCase();
  if (lower === 'chunked') return undefined;
  return /^[a-z]+ *, *chunked$/.test(lower) && !/^(?:chunked|identity)\b/.test(lower) ? 501 : 400;
}

/** A backslash is taken in the query only, where browsers send it as it is. */
function acceptSuspect(target: string): boolean {
  const path = target.indexOf('?') === -1 ? target : target.slice(0, target.indexOf('?'));
  return !path.includes('\\') && !/["#<>]/.test(target);
}

/**
 * A target that is no path: `*` for OPTIONS, or the absolute form, which a server has to take (RFC 9112 §3.2.2) as its path,
 * and its authority as the Host, whatever the header says.
 */
function acceptOtherForm(request: IncomingMessage, target: string): boolean {
  if (target === '*') return request.method === 'OPTIONS';
  const match = ABSOLUTE.exec(target);
  if (match === null || !HOST.test(match[1] as string)) return false;
  request.url = `${match[2] ?? '/'}${match[3] ?? ''}`;
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if ((rawHeaders[i] as string).toLowerCase() === 'host') rawHeaders[i + 1] = match[1] as string;
  if (request.headers.host !== undefined) request.headers.host = match[1] as string;
  return true;
}

/** Counts an answer that no handler gave: what is refused does not show among the requests of the application. */
export function countRefusal(status: number): void {
  metrics
    .counter({
      name: 'http_server_refused_requests_total',
      help: 'Requests refused before any handler saw them, as they break HTTP or exceed a limit, by status.',
      labels: ['http_response_status_code'],
    })
    .labels({ http_response_status_code: String(status) })
    .inc();
}
