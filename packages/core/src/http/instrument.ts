import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ActiveOperation } from '@patron/trace';
import { bindEvents } from './bind-events.ts';
import { RequestCarrier } from './carrier.ts';
import { onceClosed } from './once-closed.ts';
import { operationOf, setOperation, unroutedOperation } from './operations.ts';

const INSTRUMENTED: unique symbol = Symbol.for('patron.v1.http.instrumented') as never;

/** Marks a listener that begins and ends the operations of its requests itself, because it knows their routes. */
export function markInstrumented<T extends RequestListener>(listener: T): T {
  return Object.defineProperty(listener, INSTRUMENTED, { value: true });
}

/**
 * Gives a listener that knows nothing of patron (an express app, a plain function) what every route has: correlation id,
 * trace context, context logger, metrics, and a logged 500 where it throws or rejects. A marked listener is left alone.
 */
export function instrument(listener: RequestListener): RequestListener {
  if ((listener as { [INSTRUMENTED]?: boolean })[INSTRUMENTED] === true) return listener;
  return (request, response) => {
    if (operationOf(request) !== undefined) {
      listener(request, response);
      return;
    }
    const active = unroutedOperation(request).begin(new RequestCarrier(request));
    setOperation(request, active);
    response.setHeader('X-Correlation-Id', active.correlationId);
    endWith(active, response); // before the next line: our own listener needs no context
    bindEvents(request, response);
    active.run(call, listener, request, response, active);
  };
}

/** Ends an operation once its response is done, or its connection. */
export function endWith(active: ActiveOperation, response: ServerResponse): void {
  onceClosed(response, () => endWithResponse(active, response));
}

/** Ends an operation by what became of its response: the status, or that the client went before it had it all. */
export function endWithResponse(active: ActiveOperation, response: ServerResponse): void {
  if (!response.writableFinished) active.end({ status: response.headersSent ? response.statusCode : '', error: 'client_gone' });
  else active.end(statusOutcome(response.statusCode));
}

/** The outcome of a status code: from 500 on it is an error of the server (semantic conventions, `error.type`). */
export function statusOutcome(status: number): { status: number; error?: number } {
  return status >= 500 ? { status, error: status } : { status };
}

function call(listener: RequestListener, request: IncomingMessage, response: ServerResponse, active: ActiveOperation): void {
  try {
    const result: unknown = listener(request, response);
    if (isThenable(result)) result.then(undefined, (error: unknown) => fail(error, response, active));
  } catch (error) {
    fail(error, response, active);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** A fixed body: nothing from inside leaves. The log line has it all. */
export const INTERNAL_ERROR = '{"error":"Internal Server Error"}';

function fail(error: unknown, response: ServerResponse, active: ActiveOperation): void {
  active.logger.error('request failed', { error });
  active.recordError(error);
  if (response.writableEnded) return; // the answer is whole: what failed came after it
  if (response.headersSent) {
    response.destroy(); // the client has to see that this is not the whole answer
    return;
  }
  // Headers that were meant for another answer: a Content-Encoding would garble this one, a Set-Cookie would leak.
  for (const name of response.getHeaderNames()) if (!KEPT.has(name)) response.removeHeader(name);
  response.writeHead(500, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(INTERNAL_ERROR) });
  response.end(INTERNAL_ERROR);
}

const KEPT = new Set(['x-correlation-id', 'connection']);
