import type { ServerResponse } from 'node:http';

/**
 * Calls `fn` once, when a response is done or its connection gone. A response that waits behind another on its connection
 * (pipelining) hears nothing of the connection's end: its own `close` would never come.
 */
export function onceClosed(response: ServerResponse, fn: () => void): void {
  if (response.socket !== null) {
    response.once('close', fn);
    return;
  }
  const { socket } = response.req;
  const closed = (): void => {
    response.off('close', closed);
    socket.off('close', closed);
    fn();
  };
  response.on('close', closed);
  socket.on('close', closed);
}
