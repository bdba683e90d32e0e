import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const stopped = new WeakSet<Socket>();

/**
 * Reads nothing more from a connection: what the client still sends stays in the buffers of the system, and the client
 * is held up. For a connection that is about to end; it never reads again.
 */
export function stopReading(request: IncomingMessage): void {
  const { socket } = request;
  if (stopped.has(socket)) return;
  stopped.add(socket);
  request.pause();
  // A resume that is under way would start it again, two reads of 64 KiB deep: Node's own listener for `pause` is what
  // stops the handle, and `pause()` on a stream that counts as paused does not emit it.
  socket.on('resume', () => socket.emit('pause'));
  socket.pause();
}

/** Whether {@link stopReading} was called for the connection of a request. */
export function hasStopped({ socket }: IncomingMessage): boolean {
  return stopped.has(socket);
}
