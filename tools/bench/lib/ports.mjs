import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const host = '127.0.0.1';

/** @returns {Promise<number>} a port that nobody listens on */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .on('error', reject)
      .listen(0, host, () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
      });
  });
}

/**
 * Waits until somebody listens.
 * @param {number} port
 * @param {number} [timeoutMs]
 */
export async function accepting(port, timeoutMs = 15_000) {
  const end = performance.now() + timeoutMs;
  while (!(await canConnect(port))) {
    if (performance.now() > end) throw new Error(`nobody listens on port ${port} after ${timeoutMs} ms`);
    await wait(20);
  }
}

/** @param {number} port */
function canConnect(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
