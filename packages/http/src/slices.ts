import type { ServerResponse } from 'node:http';

/** As much of a body as the system gets at once: copying it takes some 50 µs. */
export const SLICE_BYTES = 256 * 1024;

/**
 * Ends an answer whose head is written with a large body, a slice for each turn of the event loop. In one piece the system copies
 * all that it has room for, megabytes, and nobody else is served in these milliseconds; clients that ask for much and read
 * little would hold up all the others.
 */
export function endInSlices(response: ServerResponse, body: Uint8Array): void {
  let sent = 0;
  const next = (): void => {
    if (response.destroyed) return;
    const slice = body.subarray(sent, sent + SLICE_BYTES);
    sent += slice.length;
    if (sent === body.length) response.end(slice);
    // What the system takes at once is drained within this turn.
    else if (response.write(slice)) setImmediate(next);
    else response.once('drain', () => setImmediate(next));
  };
  response.cork(); // head and first slice
  next();
  response.uncork();
}
