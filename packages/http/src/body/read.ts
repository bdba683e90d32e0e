import { BodyReadError, ClientGoneError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { HttpError } from '../http-error.ts';
import { stopReading } from './stop-reading.ts';

const NOTHING = Buffer.alloc(0);

/**
 * Reads the whole body, up to the route's limit. One that announces more is refused before anything is read; one that does
 * not say is cut off where it crosses the limit: the socket itself stops, so that what comes past the limit is at most the
 * one read (64 KiB) that crossed it.
 */
export function readBody({ raw, announced, endpoint: { maxBodyBytes } }: Exchange): Promise<Buffer> {
  if (announced === 0) return Promise.resolve(NOTHING);
  if (announced > maxBodyBytes) return Promise.reject(tooLarge());
  if (raw.readableDidRead) return Promise.reject(new BodyReadError());
  if (raw.destroyed) return Promise.reject(new ClientGoneError());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;

    const settle = (): void => {
      raw.off('data', onData).off('end', onEnd).off('close', onClose);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= maxBodyBytes) {
        chunks.push(chunk);
        return;
      }
      settle();
      stopReading(raw);
      reject(tooLarge());
    };
    const onEnd = (): void => {
      settle();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
    };
    const onClose = (): void => {
      settle();
      reject(new ClientGoneError());
    };
    // Node makes an error of a client that goes, but only where somebody listens for it: `close` tells as much.
    raw.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

function tooLarge(): HttpError {
  return new HttpError(413);
}
