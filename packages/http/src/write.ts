import { endWithResponse, skipBody, statusOutcome } from '@patron/core/http';
import { AnswerError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { CheckedHeaders } from './headers.ts';
import { leavesBody, linger } from './linger.ts';
import { joinVary } from './negotiation/vary.ts';
import { endWithText, isPatrons, writeAtOnce } from './one-write.ts';
import { endInSlices, SLICE_BYTES } from './slices.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** A flat list of names and values, as `writeHead` takes it. Each name once: over headers set before, the last would win. */
export type Head = (string | number | readonly string[])[];

/** Answers with a value as JSON. @throws AnswerError, before anything is sent, for a value that has no JSON form. */
export function sendJson(exchange: Exchange, status: number, value: unknown, headers?: CheckedHeaders): void {
  sendText(exchange, status, JSON_TYPE, stringify(value), headers);
}

/** Answers with text: one write with the head. Where it is ASCII, as most JSON is, it need not be encoded again. */
export function sendText(exchange: Exchange, status: number, type: string, text: string, headers?: CheckedHeaders): void {
  const length = Buffer.byteLength(text);
  const plain = length === text.length && length <= SLICE_BYTES && exchange.announced === 0;
  if (plain && writeAtOnce(exchange, status, type, text, headers)) written(exchange, status);
  else write(exchange, status, headOf(exchange, type, length, headers), text, length === text.length);
}

/** Answers with bytes. */
export function sendBytes(exchange: Exchange, status: number, type: string, bytes: Uint8Array, headers?: CheckedHeaders): void {
  write(exchange, status, headOf(exchange, type, bytes.byteLength, headers), bytes);
}

/** Answers without a body. */
export function sendEmpty(exchange: Exchange, status: number, headers?: CheckedHeaders): void {
  const head: Head = ['X-Correlation-Id', exchange.active.correlationId];
  // The length that a body would have had may be told by HEAD and 304 (RFC 9110 §8.6); a 204 has none to tell.
  const told = exchange.raw.method === 'HEAD' || status === 304 ? headers?.['content-length'] : undefined;
  if (told !== undefined) head.push('Content-Length', told);
  else if (status !== 204 && status !== 304) head.push('Content-Length', 0);
  if (headers?.['content-type'] !== undefined) head.push('Content-Type', headers['content-type']);
  if (headers !== undefined) append(exchange, head, headers);
  write(exchange, status, head);
}

/** The head of an answer; without a length, that of a stream. The handler's `Content-Type` wins, our other two stay. */
export function headOf(exchange: Exchange, type: string, length: number | undefined, headers: CheckedHeaders | undefined): Head {
  const head: Head = ['Content-Type', type, 'X-Correlation-Id', exchange.active.correlationId];
  const told = length ?? headers?.['content-length'];
  if (told !== undefined) head.push('Content-Length', told);
  if (headers === undefined) return head;
  if (headers['content-type'] !== undefined) head[1] = headers['content-type'];
  append(exchange, head, headers);
  return head;
}

function append(exchange: Exchange, head: Head, headers: CheckedHeaders): void {
  for (const name in headers) {
    if (isPatrons(name)) continue;
    const value = headers[name] as string | readonly string[];
    // An answer that depends on what a middleware says (CORS: `Origin`) and on what its handler says depends on both.
    head.push(name, name === 'vary' ? joinVary(exchange.getHeader('vary'), value) : value);
  }
}

function write(exchange: Exchange, status: number, head: Head, body?: string | Uint8Array, ascii = false): void {
  const { response, active, raw } = exchange;
  // The client has gone; or somebody around the routes (a time limit in an express app) has answered in the meantime.
  if (response.destroyed || response.headersSent) {
    if (exchange.owned) endWithResponse(active, response);
    return;
  }
  exchange.moveHeaders();
  const content = raw.method === 'HEAD' ? undefined : body;
  if (exchange.announced !== 0 && leavesBody(exchange)) {
    head.push('Connection', 'close');
    response.writeHead(status, head as string[]);
    linger(exchange, content);
  } else {
    response.writeHead(status, head as string[]); // Node takes numbers and arrays as values too
    if (content !== undefined && content.length > SLICE_BYTES) endInSlices(response, bytesOf(content, ascii));
    else if (ascii && content !== undefined) endWithText(response, content as string);
    else response.end(content);
  }
  written(exchange, status);
}

function bytesOf(content: string | Uint8Array, ascii: boolean): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, ascii ? 'latin1' : 'utf8') : content;
}

function written({ owned, announced, raw, active }: Exchange, status: number): void {
  if (!owned) return;
  if (announced === 0) skipBody(raw);
  active.end(statusOutcome(status));
}

function stringify(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new AnswerError(`the answer has no JSON form: ${(error as Error).message}`, { cause: error });
  }
  if (text === undefined) throw new AnswerError(`the answer has no JSON form: it is a ${typeof value}`);
  // What was meant by it is not in it: a Map, a Set, a generator that is not async.
  if (text === '{}' && typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function')
    throw new AnswerError(
      `the answer has no JSON form: ${Object.prototype.toString.call(value).slice(8, -1)}; a stream is async, a list is an array`,
    );
  return text;
}
