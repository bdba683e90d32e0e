import type { Readable } from 'node:stream';
import { LONGEST_MS } from '../deadline/timers.ts';
import { METHODS, type Method } from '../route.ts';
import { HttpClientError } from './errors.ts';
import type { ClientConfig } from './options.ts';
import { type Base, printable, printableInput } from './origin.ts';
import { prepareBody, releaseBody } from './request-body.ts';
import { hasHeader, type HeaderList, toHeaderList, withDefaults } from './request-headers.ts';
import type { BodyOptions, ParamValue } from './request-options.ts';
import { fill, type Target } from './target.ts';
import { wholeNumber } from './whole-number.ts';

/** A call that can be sent: checked, encoded, with nothing left to decide. Each attempt at it starts from here. */
export interface Call {
  readonly method: Method;
  readonly target: Target;
  /** Without those of the seam. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | Readable | null;
  readonly timeoutMs: number;
  /** Whether that is what a deadline has left, and less than the caller gives it. */
  readonly isShortened?: true;
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal | undefined;
  /** Undefined where a dispatcher of the caller's decides. */
  readonly protocolVersion: '1.1' | undefined;
}

/** What a caller asks for, before anything of it was looked at. */
export type Asked = BodyOptions & { readonly params?: Readonly<Record<string, ParamValue>> };

const KNOWN = new Set(['params', 'query', 'headers', 'timeoutMs', 'maxBodyBytes', 'route', 'signal', 'json', 'body']);

/**
 * Makes a call of what a caller asks for. Callers of JavaScript reach this too: nothing is believed.
 * @throws HttpClientError PATRON_HTTP_CLIENT_REQUEST_INVALID, naming everything that is wrong; nothing was sent.
 */
export function prepareCall(config: ClientConfig, method: Method, to: unknown, asked: Asked): Call {
  const problems: string[] = [];
  for (const option of Object.keys(asked)) if (!KNOWN.has(option)) problems.push(`there is no option "${option}"`);
  if (!METHODS.includes(method)) problems.push(`the method has to be one of ${METHODS.join(', ')}`);
  const { route, signal } = asked;
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function') {
    problems.push('signal is no AbortSignal');
  }
  if (route !== undefined && typeof route !== 'string') problems.push('route has to be a string');
  const destination = config.destinations.read(to, problems);
  const target = destination && fill(destination, asked, problems);
  const body = prepareBody(asked, problems);
  const headers = withDefaults(toHeaderList(asked.headers, problems), config.headers);
  if (body.type !== undefined && !hasHeader(headers, 'content-type')) headers.push('content-type', body.type);
  checkLength(headers, body.content, problems);
  const timeoutMs = wholeNumber('timeoutMs', asked.timeoutMs, 1, LONGEST_MS, problems) ?? config.timeoutMs;
  const maxBodyBytes = wholeNumber('maxBodyBytes', asked.maxBodyBytes, 0, Number.MAX_SAFE_INTEGER, problems) ?? config.maxBodyBytes;
  if (target === undefined || problems.length > 0) {
    releaseBody(asked.body);
    const call = { method: printableMethod(method), url: printableTarget(config.base, to) };
    throw new HttpClientError('PATRON_HTTP_CLIENT_REQUEST_INVALID', call, `can't be sent: ${problems.join('; ')}`);
  }
  const { protocolVersion } = config;
  return { method, target, headers, body: body.content, timeoutMs, maxBodyBytes, signal, protocolVersion };
}

/** A length that is not the body's would shift what follows on the connection. Of a stream only the caller knows it; undici holds it to that. */
function checkLength(headers: HeaderList, body: Call['body'], problems: string[]): void {
  const isStream = typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
  if (!isStream && hasHeader(headers, 'content-length')) problems.push(`header "content-length" can't be set: it follows from the body`);
}

/** What a caller asked for, for messages: as a whole URL where it is a path. */
export function printableTarget(base: Base | undefined, to: unknown): string {
  const isPath = base !== undefined && typeof to === 'string' && to.startsWith('/');
  return isPath ? printable(base.origin + base.prefix + to) : printableInput(to);
}

function printableMethod(method: unknown): string {
  return typeof method === 'string' && /^[A-Za-z-]{1,20}$/.test(method) ? method : JSON.stringify(String(method).slice(0, 20));
}
