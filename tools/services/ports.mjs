import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range from which systems take the ports of outgoing connections (32768 on Linux, 49152 elsewhere): who starts later, or
// was killed and starts again, has to get the port, and until then no client may have been given it. A client that tries a port of
// that range while nobody listens there may even be connected to itself.
const lowest = 15_000;
const highest = 32_000;

/**
 * Ports of the loopback interface on which nobody listens.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  /** @type {Map<number, import('node:net').Server>} */
  const held = new Map();
  try {
    // Held until all are found, so that none is found twice.
    for (let tries = 0; held.size < count; tries++) {
      if (tries > 1000) throw new Error(`no ${count} free ports between ${lowest} and ${highest}`);
      const port = lowest + Math.floor(Math.random() * (highest - lowest));
      const server = await listen(port);
      if (server) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    for (const server of held.values()) server.close();
  }
}

/** One such port. */
export async function freePort() {
  const [port] = await freePorts(1);
  return /** @type {number} */ (port);
}

/**
 * @param {number} port
 * @returns {Promise<import('node:net').Server | undefined>} undefined: it is taken
 */
async function listen(port) {
  const server = createServer();
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
