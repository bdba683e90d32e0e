import type { IncomingMessage } from 'node:http';

/**
 * A header by its lower-case name, doubled ones joined (RFC 9110 §5.3). Reads `rawHeaders`: three look-ups by name are cheaper
 * than the `headers` object, which Node builds only when somebody touches it.
 */
export function joinedHeader(request: IncomingMessage, name: string): string | undefined {
  const raw = request.rawHeaders;
  let value: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const header = raw[i] as string;
    if (header.length !== name.length || (header !== name && header.toLowerCase() !== name)) continue;
    value = value === undefined ? raw[i + 1] : `${value}, ${raw[i + 1]}`;
  }
  return value;
}
