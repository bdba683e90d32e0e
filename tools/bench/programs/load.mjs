// The client: so many connections, each with one request on its way until all are answered. It looks at every answer;
// a benchmark that counts errors measures nothing.
import { Connection } from './load-connection.mjs';

/** @type {Connection[]} */
let connections = [];

const commands = {
  /** @param {{ port: number, connections: number, request: string, body: string }} options */
  open: async ({ port, connections: count, request, body }) => {
    connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port, Buffer.from(request), Buffer.from(body))));
  },

  /** @param {{ requests: number }} options */
  load: async ({ requests }) => {
    let left = requests;
    const next = () => left-- > 0;
    const start = performance.now();
    await Promise.all(connections.map((connection) => connection.run(next)));
    return { ms: performance.now() - start };
  },

  close: async () => {
    for (const connection of connections) connection.close();
  },
};

process.on('message', (/** @type {any} */ { command, ...options }) => {
  /** @type {Record<string, (options: any) => Promise<object | void>>} */ (commands)[command]?.(options).then(
    (result) => process.send?.({ ...result }),
    (error) => process.send?.({ error: error.message }),
  );
});
