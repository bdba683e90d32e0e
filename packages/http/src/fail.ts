import { endWithResponse, INTERNAL_ERROR } from '@patron/core/http';
import { isClientGone } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { type HttpError, httpErrorOf } from './http-error.ts';
import { sendJson, sendText } from './write.ts';

/**
 * Answers for a handler that threw. An {@link HttpError} says what the client gets; anything else is a fixed 500. What is
 * the server's fault is logged, once, in the context of the request: here, where no middleware can have swallowed it.
 */
export function fail(exchange: Exchange, error: unknown): void {
  const { response, active, owned } = exchange;
  if (response.destroyed && isClientGone(error)) {
    if (owned) endWithResponse(active, response);
    return;
  }
  const known = httpErrorOf(error);
  if (known === undefined || known.status >= 500) report(exchange, error);
  if (known === undefined) sendInternal(exchange);
  else sendKnown(exchange, known);
}

function sendKnown(exchange: Exchange, { status, payload, headers }: HttpError): void {
  try {
    sendJson(exchange, status, payload, headers);
  } catch (error) {
    report(exchange, error);
    sendInternal(exchange);
  }
}

function sendInternal(exchange: Exchange): void {
  sendText(exchange, 500, 'application/json; charset=utf-8', INTERNAL_ERROR);
}

function report({ active, raw, endpoint }: Exchange, error: unknown): void {
  active.logger.error('request failed', { method: raw.method, route: endpoint.pattern, error });
}
