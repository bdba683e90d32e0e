// A collector with an ailment, by name.
import { createServer as createHttp } from 'node:http';
import { createServer as createTcp } from 'node:net';

/** @type {Record<string, () => import('node:net').Server>} */
const ailments = {
  /** Takes the connection and reads nothing. */
  stalled: () => createTcp((socket) => void socket.on('error', () => undefined).pause()),
  /** Answers well, after two seconds. */
  slow: () => createHttp((request, response) => void request.resume().once('end', () => setTimeout(() => response.end(), 2000))),
  /** Can't now. */
  busy: () => createHttp((request, response) => void request.resume().once('end', () => response.writeHead(503).end())),
};

process.on('message', (/** @type {any} */ { ailment }) => {
  const server = ailments[ailment]?.();
  server?.listen(0, '127.0.0.1', () => process.send?.({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port }));
});
