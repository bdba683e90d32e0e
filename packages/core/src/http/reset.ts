import type { Socket } from 'node:net';

/**
 * Ends a connection at once, with a reset. Closed in order, what the system still has to send would keep it, and the memory
 * it takes, for as long as its client cares to read: a slow reader would have to be waited for after all.
 */
export function reset(socket: Socket): void {
  // A connection with TLS has none of its own to reset; Node keeps that of the system below it, under this name.
  const { _parent: below } = socket as { _parent?: Socket };
  (below ?? socket).resetAndDestroy();
  socket.destroy();
}
