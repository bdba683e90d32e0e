import { connect, type Socket } from 'node:net';

/** What came back on a connection until the server closed it. */
export interface Exchange {
  /** The bytes, one character each (latin1). */
  text: string;
  /** The status of each answer, in order. */
  statuses: number[];
  /** The code of the error the connection ended with, ECONNRESET say. */
  error: string | undefined;
  /** The client's port, by which a server can tell connections apart while they are open; the next one may get it again. */
  port: number;
}

/** Sends bytes as they are, in as many writes as there are pieces, and waits until the server has closed the connection. */
export async function exchange(port: number, pieces: readonly string[], address = '127.0.0.1'): Promise<Exchange> {
  const socket = connect({ port, host: address, noDelay: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const localPort = socket.localPort as number;
  let text = '';
  let error: string | undefined;
  socket.setEncoding('latin1');
  socket.on('data', (data) => (text += String(data)));
  socket.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  for (const piece of pieces) {
    if (!(await written(socket, piece))) break;
  }
  await closed;
  return { text, statuses: statusesOf(text), error, port: localPort };
}

/** The statuses in a stream of answers. Bodies here never hold a status line of their own. */
function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status)).filter((status) => status >= 200);
}

function written(socket: Socket, piece: string): Promise<boolean> {
  return new Promise((resolve) => socket.write(piece, 'latin1', (error) => resolve(error === undefined || error === null)));
}
