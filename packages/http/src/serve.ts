import { send } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { fail } from './fail.ts';
import type { HttpRequest } from './request.ts';
import { isPromise } from './thenable.ts';

/** Runs the handler and answers with what it returns or throws; at once, where it did not have to wait for anything. */
export function serve(exchange: Exchange, request: HttpRequest): void {
  try {
    const answer = exchange.endpoint.handler(request);
    if (isPromise(answer)) {
      answer.then(
        (value) => settle(exchange, value),
        (error: unknown) => fail(exchange, error),
      );
    } else send(exchange, answer);
  } catch (error) {
    fail(exchange, error);
  }
}

function settle(exchange: Exchange, value: unknown): void {
  try {
    send(exchange, value);
  } catch (error) {
    fail(exchange, error);
  }
}
