import type { ServerResponse } from 'node:http';
import { endWithResponse, onceClosed, statusOutcome } from '@patron/core/http';
import { AnswerError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { fail } from './fail.ts';
import type { Source } from './source.ts';
import type { Head } from './write.ts';

/**
 * Answers with a source, piece by piece, no faster than the client takes them. The head goes out with the first piece (an
 * empty one will do), so a source that fails at once is still an ordinary 500. One that fails later ends the connection
 * without the end of the body: the client has to see that this is not the whole answer.
 */
export function sendStream(exchange: Exchange, status: number, head: Head, source: Source): void {
  const { response, active, owned, raw } = exchange;
  if (response.destroyed) {
    release(exchange, source);
    if (owned) endWithResponse(active, response);
    return;
  }
  if (raw.method === 'HEAD') {
    release(exchange, source);
    exchange.moveHeaders();
    response.writeHead(status, head as string[]).end();
    if (owned) active.end(statusOutcome(status));
    return;
  }
  onceClosed(response, () => {
    if (!response.writableEnded) release(exchange, source);
    if (owned) endWithResponse(active, response);
  });
  pump(exchange, status, head, source).catch((error: unknown) => breakOff(exchange, error));
}

async function pump(exchange: Exchange, status: number, head: Head, source: Source): Promise<void> {
  const { response } = exchange;
  let piece = await source.next();
  if (response.destroyed || response.headersSent) {
    release(exchange, source); // as in write(): the client has gone, or somebody else has answered
    return;
  }
  // Node holds us to a Content-Length that we were given: a wrong one would shift the answers behind it.
  exchange.moveHeaders();
  response.strictContentLength = head.includes('Content-Length');
  response.writeHead(status, head as string[]);
  for (; piece.done !== true; piece = await source.next()) {
    const { value } = piece;
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw new AnswerError(`a piece of a streamed answer is a string or bytes: got ${typeof value}`);
    }
    if (value.length === 0) response.flushHeaders();
    else if (!response.write(value)) await drained(response);
    if (response.destroyed) return;
  }
  response.end();
}

/** Resolves when the client has taken what was written, or has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}

function breakOff(exchange: Exchange, error: unknown): void {
  const { response, active, raw, endpoint } = exchange;
  const fields = { method: raw.method, route: endpoint.pattern, error };
  if (response.destroyed) {
    active.logger.debug('the source of an answer failed after its client had gone', fields);
    return;
  }
  if (!response.headersSent) {
    fail(exchange, error);
    return;
  }
  active.logger.error('answer broke off', fields);
  active.end({ status: response.statusCode, error });
  response.destroy();
}

/** Frees a source that nobody reads to its end. A generator runs its `finally` here, and that may fail. */
function release({ active, endpoint }: Exchange, source: Source): void {
  const warn = (error: unknown): void => active.logger.warn('the source of an answer did not close', { route: endpoint.pattern, error });
  try {
    Promise.resolve(source.cancel()).catch(warn);
  } catch (error) {
    warn(error);
  }
}
