import { checkFunction, checkKnown, checkWhole, refuse, type Unchecked } from '../guard/check.ts';
import { show } from '@patron/core/data';
import type { CheckedHeaders } from '../headers.ts';
import type { Middleware } from '../middleware.ts';
import { joinVary } from '../negotiation/vary.ts';
import { HttpResponse, isBodiless } from '../response.ts';
import { isEncoded, isPlain } from '../source.ts';
import { isPromise } from '../thenable.ts';
import { toResponse } from '../to-response.ts';
import { AVAILABLE, Codings, type ContentCoding } from './codings.ts';
import { compressed, compressedPieces } from './compress.ts';
import { jsonFits } from './json-room.ts';

/** Options of {@link compression}. */
export interface CompressionOptions {
  /** What answers may be compressed with, what you like best first. @default zstd where this Node has it, br, gzip, deflate */
  readonly codings?: readonly ContentCoding[];
  /** Answers below so many bytes stay as they are: they would hardly become smaller. A stream has no length to look at. @default 1024 */
  readonly thresholdBytes?: number;
  /** Whether answers of a type (`text/html`, without parameters) are worth it. @default text, JSON, XML, JavaScript, SVG, WebAssembly, fonts that are not compressed */
  readonly types?: (type: string) => boolean;
}

const KNOWN = ['codings', 'thresholdBytes', 'types'];
const COMPRESSIBLE =
  /^(?:text\/(?!event-stream$).*|application\/(?:json|javascript|xml|wasm|manifest\+json|x-ndjson|ndjson|graphql|(?:.*\+(?:json|xml)))|image\/(?:svg\+xml|bmp)|font\/(?:ttf|otf))$/;

/**
 * Compresses answers for clients that take it, by the weights of `Accept-Encoding`. Belongs into the middlewares of `routes()` or
 * of a group. Left alone is what has a `Content-Encoding` already or `Cache-Control: no-transform`, what is too small, parts
 * (206), event streams, and what a handler throws. A stream is compressed piece by piece, so that each still arrives when it is
 * sent.
 *
 * Where an answer holds a secret and beside it something that the asker chose, its length tells of the secret (BREACH): don't
 * compress such routes.
 *
 * @throws GuardOptionsError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { compression, get, routes } from '@patron/http';
 *
 * routes([get('/orders', () => Array.from({ length: 1000 }, (_, id) => ({ id })))], { middlewares: [compression()] });
 * ```
 */
export function compression(options: CompressionOptions = {}): Middleware {
  refuse('compression()', problemsOf(options));
  const { thresholdBytes = 1024, types = (type: string) => COMPRESSIBLE.test(type) } = options;
  const codings = new Codings(options.codings ?? AVAILABLE);
  return (next) => (request) => {
    const encode = (answer: unknown): unknown => {
      if (isSmall(answer, thresholdBytes)) return answer;
      return encoded(request, answer, { coding: codings.best(request.header('accept-encoding')), thresholdBytes, types });
    };
    const answer = next(request);
    return isPromise(answer) ? answer.then(encode) : encode(answer);
  };
}

/** How far a look goes that is to be a short one. */
const LOOK_BYTES = 1024;

/** What most answers are, known by a short look: a value or a text without headers that is too little to be compressed. */
function isSmall(answer: unknown, thresholdBytes: number): boolean {
  if (typeof answer === 'object' && answer !== null && isPlain(answer)) {
    if (jsonFits(answer, Math.min(thresholdBytes, LOOK_BYTES))) return true;
    return isShort(jsonOf(answer), thresholdBytes);
  }
  return typeof answer === 'string' && isShort(answer, thresholdBytes);
}

/** No character of UTF-16 takes more than three bytes. */
function isShort(text: string | undefined, thresholdBytes: number): boolean {
  return text !== undefined && text.length * 3 < thresholdBytes;
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined;
  } catch {
    return undefined; // whoever sends it says so
  }
}

interface Choice {
  readonly coding: ContentCoding | undefined;
  readonly thresholdBytes: number;
  readonly types: (type: string) => boolean;
}

function encoded(request: { readonly method: string }, answer: unknown, { coding, thresholdBytes, types }: Choice): unknown {
  if (answer === undefined) return answer;
  const { status, body, headers } = toResponse(request, answer);
  if (body === undefined || isBodiless(status) || status === 206 || isSettled(headers)) return answer;
  const type = String(headers['content-type'] ?? typeOf(body));
  if (!types(type.split(';', 1)[0]?.trim().toLowerCase() ?? '')) return answer;
  const varied = { ...headers, 'content-type': type, vary: joinVary(headers['vary'], 'Accept-Encoding') };
  if (isEncoded(body) && !(body instanceof Uint8Array)) {
    const pieces = coding === undefined ? body : compressedPieces(body as object, coding);
    return new HttpResponse(status, pieces, coding === undefined ? varied : headersOf(varied, coding));
  }
  const bytes = bytesOf(body);
  if (bytes === undefined || bytes.length < thresholdBytes) return answer;
  if (coding === undefined) return new HttpResponse(status, bytes, varied);
  return compressed(bytes, coding).then((smaller) =>
    smaller.length < bytes.length ? new HttpResponse(status, smaller, headersOf(varied, coding)) : new HttpResponse(status, bytes, varied),
  );
}

function isSettled(headers: CheckedHeaders): boolean {
  return headers['content-encoding'] !== undefined || /\bno-transform\b/i.test(String(headers['cache-control'] ?? ''));
}

function typeOf(body: unknown): string {
  if (typeof body === 'string') return 'text/plain; charset=utf-8';
  return isEncoded(body) ? 'application/octet-stream' : 'application/json; charset=utf-8';
}

/** Undefined for what has no JSON form. */
function bytesOf(body: unknown): Uint8Array | undefined {
  if (body instanceof Uint8Array) return body;
  const text = typeof body === 'string' ? body : jsonOf(body);
  return text === undefined ? undefined : Buffer.from(text);
}

/** Another form of an answer has another length, and is no longer the same to the byte (RFC 9110 §8.8.3.3). */
function headersOf(headers: CheckedHeaders, coding: ContentCoding): CheckedHeaders {
  const { 'content-length': _, 'accept-ranges': __, etag, ...kept } = headers;
  const weak = typeof etag === 'string' && !etag.startsWith('W/') ? `W/${etag}` : etag;
  return { ...kept, ...(weak === undefined ? {} : { etag: weak }), 'content-encoding': coding };
}

function problemsOf(options: unknown): string[] {
  const problems = checkKnown(options, KNOWN);
  if (typeof options !== 'object' || options === null) return problems;
  const given = options as Unchecked;
  const { codings } = given;
  if (codings !== undefined && (!Array.isArray(codings) || codings.length === 0))
    problems.push(`codings is ${show(codings)}: it takes a list of ${AVAILABLE.join(', ')}`);
  else
    for (const coding of (codings ?? []) as unknown[]) {
      if (coding === 'zstd' && !AVAILABLE.includes('zstd')) problems.push('codings has "zstd", which Node has from 22.15 on');
      else if (!(AVAILABLE as readonly unknown[]).includes(coding))
        problems.push(`codings has ${show(coding)}: it takes ${AVAILABLE.join(', ')}`);
    }
  problems.push(...checkWhole(given, 'thresholdBytes', 0, 1_000_000_000), ...checkFunction(given, 'types'));
  return problems;
}
