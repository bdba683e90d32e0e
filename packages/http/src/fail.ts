import { endWithResponse, INTERNAL_ERROR } from '@patron/core/http';
import { type RenderedError, renderError } from './contract/body-contract.ts';
import { PROBLEM_TYPE, problemDetails } from './contract/problem-details.ts';
import { isClientGone } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { type HttpError, httpErrorOf } from './http-error.ts';
import { isPromise } from './thenable.ts';
import { sendBytes, sendJson, sendText } from './write.ts';

const INTERNAL_PROBLEM = JSON.stringify(problemDetails(500, undefined));

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

function sendKnown(exchange: Exchange, error: HttpError): void {
  const { contract } = exchange.endpoint;
  try {
    // Who throws a type of its own has written the payload for it.
    if (contract === undefined || error.headers['content-type'] !== undefined)
      sendJson(exchange, error.status, error.payload, error.headers);
    else sendRendered(exchange, error.status, renderError(contract, exchange.raw, error));
  } catch (unsent) {
    report(exchange, unsent);
    sendInternal(exchange);
  }
}

function sendRendered(exchange: Exchange, status: number, rendered: RenderedError | PromiseLike<RenderedError>): void {
  if (isPromise(rendered)) {
    rendered.then(
      (settled) => sendRendered(exchange, status, settled),
      (error: unknown) => {
        report(exchange, error);
        sendInternal(exchange);
      },
    );
    return;
  }
  const { content, contentType, headers } = rendered;
  if (typeof content === 'string') sendText(exchange, status, contentType, content, headers);
  else sendBytes(exchange, status, contentType, content, headers);
}

/** The one answer that nothing can keep from getting out: it is made of constants. */
function sendInternal(exchange: Exchange): void {
  exchange.response.statusMessage = ''; // node:http has noted the reason of the answer whose headers it then refused
  if (exchange.endpoint.contract?.errors === 'problem') sendText(exchange, 500, PROBLEM_TYPE, INTERNAL_PROBLEM);
  else sendText(exchange, 500, 'application/json; charset=utf-8', INTERNAL_ERROR);
}

function report({ active, raw, endpoint }: Exchange, error: unknown): void {
  active.logger.error('request failed', { method: raw.method, route: endpoint.pattern, error });
  active.recordError(error);
}
