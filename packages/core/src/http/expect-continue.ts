import type { IncomingMessage, ServerResponse } from 'node:http';

interface Reading extends IncomingMessage {
  _read(size: number): void;
}

/**
 * Asks a client that waits for it (`Expect: 100-continue`, RFC 9110 §10.1.1) for its body when somebody begins to read that, and not
 * before: a request that is refused costs no upload. Where the answer is out first nobody is asked, and node:http ends the connection
 * with it, as the body may come all the same, or not.
 */
export function askOnRead(request: IncomingMessage, response: ServerResponse): void {
  const reading = request as Reading;
  reading._read = (size) => {
    delete (reading as Partial<Reading>)._read; // the one of its class
    // Node reads, too, when it drops the body of a request that has been answered.
    if (!response.headersSent && !response.destroyed) response.writeContinue();
    reading._read(size);
  };
}
