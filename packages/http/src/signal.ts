import type { ServerResponse } from 'node:http';
import { ClientGoneError } from './errors.ts';

/** A signal that aborts when the connection closes before the answer is out. */
export function clientSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.destroyed) controller.abort(new ClientGoneError());
  else {
    response.once('close', () => {
      if (!response.writableFinished) controller.abort(new ClientGoneError());
    });
  }
  return controller.signal;
}
