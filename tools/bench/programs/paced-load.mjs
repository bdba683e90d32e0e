// The client that measures how long answers take: so many requests a second, whatever the server does, each timed from the
// moment at which it was due. A client that waits for slow answers before it asks again would not see most of them.
import { Connection } from './load-connection.mjs';

/** @type {Connection[]} */
let connections = [];
let request = Buffer.alloc(0);

const commands = {
  /** @param {{ port: number, connections: number, request: string, body: string }} options */
  open: async ({ port, connections: count, request: text, body }) => {
    request = Buffer.from(text);
    connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port, { status: 200, body: Buffer.from(body) })));
  },

  /** @param {{ perSecond: number, seconds: number }} options */
  pace: async ({ perSecond, seconds }) => {
    const count = perSecond * seconds;
    const took = new Float64Array(count);
    // The longest idle first: one that is never used would be closed by the server, and is no use when it is needed.
    const idle = [...connections];
    const start = performance.now();
    let sent = 0;
    let answered = 0;
    await new Promise((resolve, reject) => {
      const look = () => {
        const now = performance.now();
        const due = Math.min(count, Math.ceil(((now - start) / 1000) * perSecond));
        while (sent < due && idle.length > 0) ask(/** @type {Connection} */ (idle.shift()), sent++);
      };
      const ask = (/** @type {Connection} */ connection, /** @type {number} */ at) => {
        let asked = false;
        connection
          .run(() => (asked ? undefined : ((asked = true), request)))
          .then(() => {
            took[at] = performance.now() - start - (at * 1000) / perSecond;
            idle.push(connection);
            if (++answered === count) resolve(undefined);
            else look();
          }, reject);
      };
      const timer = setInterval(() => (sent < count ? look() : clearInterval(timer)), 1);
    });
    took.sort();
    const quantile = (/** @type {number} */ share) => took[Math.min(count - 1, Math.floor(count * share))];
    return { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) };
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
