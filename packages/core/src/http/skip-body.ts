import type { IncomingMessage } from 'node:http';
import { answerOf } from './drain.ts';

const WATCHED = ['end', 'close', 'error', 'aborted'];

/** What node:http keeps of a body, under its own names. */
interface Unread extends IncomingMessage {
  _dumped?: boolean;
  _readableState?: { ended: boolean; endEmitted: boolean; destroyed: boolean; closed: boolean; closeEmitted: boolean };
}

/**
 * Spares a request that has no body the end of it, once its answer is out. Node reads on until then, and tells in four
 * turns what nobody hears: a fourteenth of a small answer, more where Node follows contexts by hooks. Newer versions have an
 * option to the same end, `optimizeEmptyRequests`; but that takes the `end` from handlers that wait for it. Here everybody
 * has had the request who will: it is one of our own listener, none other was around, and nobody listens or has begun to read.
 */
export function skipBody(request: IncomingMessage): void {
  const { _dumped: dumped, _readableState: state } = request as Unread;
  if (dumped !== false || state === undefined || request.readableFlowing !== null) return;
  if (answerOf(request.socket)?.req !== request) return;
  for (const event of WATCHED) if (request.listenerCount(event) > 0) return;
  (request as Unread)._dumped = true;
  state.ended = true;
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}
