// A collector that counts spans: takes OTLP/HTTP with protobuf, and answers that it has taken all.
import { createServer } from 'node:http';
import { countSpans } from './otlp-spans.mjs';

let spans = 0;
let batches = 0;
/** @type {() => void} */
let arrived = () => undefined;

const server = createServer((request, response) => {
  const answer = (/** @type {number} */ status) =>
    response.writeHead(status, { 'Content-Type': 'application/x-protobuf', 'Content-Length': 0 }).end();
  const isTraces =
    request.method === 'POST' && request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
  if (!isTraces) return void answer(404);
  request.toArray().then(
    (pieces) => {
      spans += countSpans(Buffer.concat(pieces));
      batches++;
      answer(200);
      arrived();
    },
    // The exporter has gone in the middle of a batch: its spans are missing in the count, which ends the run.
    (error) => console.error(error),
  );
});

const commands = {
  listen: () =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port }));
    }),

  /**
   * Waits for so many spans since the last time it was asked, or until none has come for a while.
   * @param {{ expected: number, quietMs: number }} options
   */
  await: ({ expected, quietMs }) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        arrived = () => undefined;
        resolve({ spans, batches });
        spans = 0;
        batches = 0;
      };
      const timer = setTimeout(end, quietMs);
      arrived = () => (spans >= expected ? end() : timer.refresh());
      arrived();
    }),
};

process.on('message', (/** @type {any} */ { command, ...options }) => {
  /** @type {Record<string, (options: any) => Promise<object>>} */ (commands)[command]?.(options).then(
    (result) => process.send?.(result),
    (error) => process.send?.({ error: error.message }),
  );
});
