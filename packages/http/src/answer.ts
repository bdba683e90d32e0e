import type { Exchange } from './exchange.ts';
import type { CheckedHeaders } from './headers.ts';
import { leavesBody } from './linger.ts';
import { type HttpResponse, isBodiless } from './response.ts';
import { isPlain, sourceOf } from './source.ts';
import { sendStream } from './stream.ts';
import { responseOf } from './to-response.ts';
import { headOf, sendBytes, sendEmpty, sendJson, sendText } from './write.ts';

const TEXT_TYPE = 'text/plain; charset=utf-8';
const BYTES_TYPE = 'application/octet-stream';

/** Answers with what a handler returned. @throws AnswerError, before anything is sent, for what can't be. */
export function send(exchange: Exchange, value: unknown): void {
  const { status } = exchange.endpoint;
  if (value === undefined) sendEmpty(exchange, 204);
  else if (typeof value !== 'object' || value === null || isPlain(value)) sendValue(exchange, status, value);
  else {
    const response = responseOf(value);
    if (response === undefined) sendObject(exchange, status, value);
    else sendResponse(exchange, response);
  }
}

function sendResponse(exchange: Exchange, { status, body, headers }: HttpResponse): void {
  if (body === undefined || isBodiless(status)) sendEmpty(exchange, status, headers);
  else if (typeof body !== 'object' || body === null || isPlain(body)) sendValue(exchange, status, body, headers);
  else sendObject(exchange, status, body, headers);
}

function sendValue(exchange: Exchange, status: number, value: unknown, headers?: CheckedHeaders): void {
  if (typeof value === 'string') sendText(exchange, status, TEXT_TYPE, value, headers);
  else sendJson(exchange, status, value, headers);
}

function sendObject(exchange: Exchange, status: number, value: object, headers?: CheckedHeaders): void {
  if (value instanceof Uint8Array) {
    sendBytes(exchange, status, BYTES_TYPE, value, headers);
    return;
  }
  const source = sourceOf(value);
  if (source === undefined) {
    sendJson(exchange, status, value, headers);
    return;
  }
  const head = headOf(exchange, BYTES_TYPE, undefined, headers);
  if (leavesBody(exchange)) head.push('Connection', 'close');
  sendStream(exchange, status, head, source);
}
