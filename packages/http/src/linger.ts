import { markClosing } from '@patron/core/http';
import { hasStopped, stopReading } from './body/stop-reading.ts';
import type { Exchange } from './exchange.ts';

/** How long a client may take to notice its answer while its body is not read. */
const LINGER_MS = 2000;

/**
 * Whether an answer that goes out now leaves a body behind that is not worth reading: longer than the limit, or of unknown
 * length. The connection can't carry another request then. What is left of a short one is read and dropped.
 */
export function leavesBody({ raw, announced, endpoint: { maxBodyBytes } }: Exchange): boolean {
  if (hasStopped(raw)) return true;
  if (announced === 0 || raw.complete) return false;
  if (announced < 0 || announced > maxBodyBytes) return true;
  if (raw.readableDidRead) raw.resume(); // Node drops only what nobody has begun to read
  return false;
}

/**
 * Ends a connection whose client may still be sending. Closing at once would reset it, and the client might lose the
 * answer that it has not read yet: so the answer goes out whole, what still comes is dropped up to the limit, and the
 * connection ends when the body does, when the client leaves, or after two seconds (RFC 9112 §9.6).
 */
export function linger({ raw, response, endpoint }: Exchange, body: string | Uint8Array | undefined): void {
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  const { socket } = raw;
  markClosing(socket); // what is pipelined behind the body must not be served: its client has been told that this is the last answer
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  response.once('close', () => clearTimeout(timer));
  // Where the limit was crossed there is not a byte more; but what was read last may have been the end of the body.
  const stop = (): void => {
    stopReading(raw);
    setImmediate(() => {
      if (raw.complete) response.end();
    });
  };
  if (hasStopped(raw)) {
    stop();
    return;
  }
  let room = endpoint.maxBodyBytes;
  raw.on('data', (chunk: Buffer) => {
    room -= chunk.length;
    if (room < 0) stop();
  });
  raw.once('end', () => response.end());
  raw.resume();
}
