// The client: so many connections, each with one request on its way until all are answered. It looks at every answer;
// a benchmark that counts errors measures nothing.
import { Connection } from './load-connection.mjs';

/** By the port of the server. @type {Map<number, { connections: Connection[], requests: Buffer[] }>} */
const servers = new Map();

const commands = {
  /**
   * @param {{ port: number, connections: number, requests: string[], status: number, body: string }} options `requests` are sent in
   *   turn; `body` in base64
   */
  open: async ({ port, connections: count, status, body, requests: texts }) => {
    const requests = texts.map((text) => Buffer.from(text));
    const expected = { status, body: Buffer.from(body, 'base64') };
    const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port, expected)));
    servers.set(port, { connections, requests });
  },

  /** @param {{ port: number, requests: number }} options */
  load: async ({ port, requests: count }) => {
    const { connections, requests } = /** @type {NonNullable<ReturnType<typeof servers.get>>} */ (servers.get(port));
    let sent = 0;
    const next = () => (sent < count ? requests[sent++ % requests.length] : undefined);
    const start = performance.now();
    await Promise.all(connections.map((connection) => connection.run(next)));
    return { ms: performance.now() - start };
  },

  /** @param {{ port: number }} options */
  close: async ({ port }) => {
    for (const connection of servers.get(port)?.connections ?? []) connection.close();
    servers.delete(port);
  },
};

process.on('message', (/** @type {any} */ { command, ...options }) => {
  /** @type {Record<string, (options: any) => Promise<object | void>>} */ (commands)[command]?.(options).then(
    (result) => process.send?.({ ...result }),
    (error) => process.send?.({ error: error.message }),
  );
});
