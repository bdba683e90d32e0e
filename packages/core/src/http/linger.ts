import type { Socket } from 'node:net';
import { markClosing } from './closing.ts';

/** How long a client may take to close its half after we have closed ours. */
const LINGER_MS = 2000;
/** How much more is read, and thrown away, until then. */
const LINGER_BYTES = 64 * 1024;

/**
 * Closes our half of a connection, and the rest when the client has closed its own (RFC 9112 §9.6). Closed at once, a
 * connection on which the client has sent anything more (the rest of an upload, a request that crosses our close) is reset by
 * the system, and a reset overtakes the answer that is still on its way.
 */
export function closeGently(socket: Socket): void {
  if (socket.destroyed || socket.writableEnded) return;
  markClosing(socket);
  socket.end();
  const limit = socket.bytesRead + LINGER_BYTES;
  socket.on('data', () => {
    if (socket.bytesRead > limit) socket.pause(); // not destroyed: the client may still be about to read its answer
  });
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

/** Makes node:http close the connection that way after an answer with `Connection: close`: it calls this method for it. */
export function lingerAfterAnswer(socket: Socket): void {
  socket.destroySoon = () => closeGently(socket);
}

/** Takes that back: what another protocol means by it is the socket's own. */
export function restoreDestroySoon(socket: Socket): void {
  Reflect.deleteProperty(socket, 'destroySoon');
}
