import type { ServerResponse } from 'node:http';

/**
 * Calls `fn` once, when a response is done or its connection gone. A response that waits behind another on its connection
 * (pipelining) hears nothing of the connection's end: its own `close` would never come.
 */
export function onceClosed(response: ServerResponse, fn: () => void): void {
  if (response.socket !== null) {
    response.prependOnceListener('close', fn);
    return;
  }
  const { socket } = response.req;
  const closed = (): void => {
    response.off('close', closed);
    socket.off('close', closed);
    fn();
  };
  response.prependListener('close', closed);
  // As many as requests wait behind one another: from the eleventh on Node would warn of a leak.
  socket.setMaxListeners(0);
  socket.on('close', closed);
}
