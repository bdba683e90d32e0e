import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { operationOf } from './operations.ts';

/**
 * Lets the listeners of a request and of its response run in the context of its operation. node:http emits a request's events,
 * and the close of a response whose client went, in the context of the connection: what is logged in `request.on('end', …)`
 * would carry no correlation id.
 *
 * By properties of each, not by classes of our own: express gives both objects another prototype. And not before somebody
 * listens: events are many, listeners few.
 */
export function bindEvents(request: IncomingMessage, response: ServerResponse): void {
  request.on = request.addListener = onRequest as IncomingMessage['on'];
  response.on = response.addListener = onResponse as ServerResponse['on'];
}

function onRequest(this: IncomingMessage, event: string | symbol, listener: (...args: unknown[]) => void): IncomingMessage {
  this.emit = emitOfRequest;
  return Readable.prototype.on.call(this, event, listener) as IncomingMessage;
}

function onResponse(this: ServerResponse, event: string | symbol, listener: (...args: unknown[]) => void): ServerResponse {
  if (event === 'close') this.emit = emitOfResponse;
  return EventEmitter.prototype.on.call(this, event, listener) as ServerResponse;
}

function emitOfRequest(this: IncomingMessage, event: string | symbol, ...args: unknown[]): boolean {
  // For `error` it matters that nobody listens: it throws then.
  const active = this.listenerCount(event) === 0 ? undefined : operationOf(this);
  return emit(this, active, event, args);
}

function emitOfResponse(this: ServerResponse, event: string | symbol, ...args: unknown[]): boolean {
  // The others are emitted in the context of whoever wrote the response.
  const active = event === 'close' && !this.writableFinished ? operationOf(this.req) : undefined;
  return emit(this, active, event, args);
}

function emit(emitter: EventEmitter, active: ReturnType<typeof operationOf>, event: string | symbol, args: unknown[]): boolean {
  if (active === undefined) return EventEmitter.prototype.emit.call(emitter, event, ...args);
  return active.run(() => EventEmitter.prototype.emit.call(emitter, event, ...args));
}
