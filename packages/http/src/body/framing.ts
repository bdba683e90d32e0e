import type { IncomingMessage } from 'node:http';

/** The length of a body that only its end tells (chunked). */
export const UNKNOWN = -1;

// Node's parser reads more headers than it hands over (1,000 by default): beyond, a Content-Length may hide.
const HEADERS_HANDED_OVER = 2000;

/**
 * How many bytes of body a request announces (RFC 9112 §6.3): 0 for none, {@link UNKNOWN} where it does not say. Looked up
 * for every request, so it reads the raw list and compares lengths before letters.
 */
export function announcedLength(request: IncomingMessage): number {
  const raw = request.rawHeaders;
  if (raw.length >= HEADERS_HANDED_OVER) return UNKNOWN;
  let announced = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return UNKNOWN;
    if (name.length === 14 && name.toLowerCase() === 'content-length') announced = Number(raw[i + 1]);
  }
  return announced;
}
