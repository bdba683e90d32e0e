import type { ServerResponse } from 'node:http';
import { onceClosed } from '@patron/core/http';
import { ClientGoneError } from './errors.ts';

/** A signal that aborts when the connection closes before the answer is out. */
export function clientSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.destroyed) controller.abort(new ClientGoneError());
  else {
    onceClosed(response, () => {
      if (!response.writableFinished) controller.abort(new ClientGoneError());
    });
  }
  return controller.signal;
}
