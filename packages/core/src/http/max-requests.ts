import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { markClosing } from './closing.ts';

const COUNT = Symbol('patron.requests');

interface Counted extends Socket {
  [COUNT]?: number;
}

/**
 * Ends a connection after so many requests. Node's own `maxRequestsPerSocket` says so in the last answer and leaves the
 * connection open: what comes on it then is a 503.
 */
export function lastAfter(most: number, handler: RequestListener): RequestListener {
  return (request, response) => {
    const socket: Counted = request.socket;
    const count = (socket[COUNT] ?? 0) + 1;
    socket[COUNT] = count;
    if (count >= most) announceLast(socket, response);
    handler(request, response);
  };
}

/** What the client has sent behind it already is not processed (RFC 9112 §9.6): it knows that from the answer. */
function announceLast(socket: Socket, response: ServerResponse): void {
  markClosing(socket);
  response.setHeader('Connection', 'close');
}
