import type { ServerResponse } from 'node:http';
import { onceClosed } from '@patron/core/http';
import { ClientGoneError } from './errors.ts';

/** Aborts when the connection closes before the answer is out. */
export function abortedByClient(response: ServerResponse): AbortController {
  const controller = new AbortController();
  if (response.destroyed) controller.abort(new ClientGoneError());
  else {
    onceClosed(response, () => {
      if (!response.writableFinished) controller.abort(new ClientGoneError());
    });
  }
  return controller;
}
