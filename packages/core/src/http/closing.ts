import type { Socket } from 'node:net';

const CLOSING = Symbol('patron.closing');

interface Closing extends Socket {
  [CLOSING]?: true;
}

/** Whether the last answer of this connection is decided: what is behind it is nobody's request any more (RFC 9112 §9.6). */
export function isClosing(socket: Socket): boolean {
  return (socket as Closing)[CLOSING] === true;
}

/** Notes that nothing behind the present request may be processed. */
export function markClosing(socket: Socket): void {
  (socket as Closing)[CLOSING] = true;
}
