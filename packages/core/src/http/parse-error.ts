import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { isClosing, markClosing } from './closing.ts';
import { countRefusal } from './refuse.ts';

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Answers bytes that are no request, as far as the client can still tell which of its requests an answer is for: one that is
 * due goes first, and where half of it is out, the connection is cut.
 */
export function answerParseError(error: NodeJS.ErrnoException, socket: Socket, due: ServerResponse | undefined): void {
  const code = error.code ?? '';
  if (!code.startsWith('HPE_') && code !== 'ERR_HTTP_REQUEST_TIMEOUT') {
    socket.destroy(error);
    return;
  }
  if (isClosing(socket)) return; // it goes on reading, and we go on not listening
  const open = due !== undefined && !due.writableFinished && !due.destroyed;
  if (code === 'HPE_CLOSED_CONNECTION') {
    // Bytes behind a request that said it is the last one.
    markClosing(socket);
    if (open) socket.pause();
    else socket.destroySoon();
    return;
  }
  markClosing(socket);
  const status = STATUS[code] ?? 400;
  countRefusal(status);
  if (!open) {
    socket.write(plainAnswer(status));
    socket.destroySoon();
  } else if (due.req.complete) {
    socket.pause();
    due.once('close', () => {
      if (socket.writable) socket.write(plainAnswer(status));
      socket.destroySoon();
    });
  } else {
    // The body of the request that is being answered: its handler must not wait for the rest.
    if (!due.headersSent) socket.write(plainAnswer(status));
    Socket.prototype.destroySoon.call(socket);
  }
}

/** CONNECT asks for a tunnel; there is none here (RFC 9110 §9.3.6). */
export function refuseTunnel(_request: IncomingMessage, socket: Socket): void {
  countRefusal(501);
  answerPlainly(socket, 501);
}

/** The last answer on a connection that is no longer the parser's. */
export function answerPlainly(socket: Socket, status: number): void {
  markClosing(socket);
  socket.write(plainAnswer(status));
  socket.destroySoon();
}

function plainAnswer(status: number): string {
  const reason = STATUS_CODES[status] ?? '';
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${reason.length}`,
    '',
    reason,
  ].join('\r\n');
}
