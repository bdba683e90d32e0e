import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** Who a client is, by a certificate that an authority of ours has signed. */
export interface Peer {
  /** The parts of its name: `{ CN: 'billing', O: 'Shop' }`; a list where a part occurs more than once. */
  readonly subject: Readonly<Record<string, string | readonly string[]>>;
  /** Its other names with their kind: `DNS:billing.shop`, `URI:spiffe://shop/billing`, `IP Address:10.0.0.7`. */
  readonly subjectAltNames: readonly string[];
  /** SHA-256 of the certificate, hexadecimal with colons. */
  readonly fingerprint256: string;
  /** True: a client whose certificate was not accepted is no peer. */
  readonly authorized: true;
}

const known = new WeakMap<TLSSocket, Peer>();

/** Undefined without TLS, without a certificate, and with one that no authority of ours has signed. */
export function peerOf(request: IncomingMessage): Peer | undefined {
  const socket = request.socket as TLSSocket;
  if (socket.encrypted !== true || !socket.authorized) return undefined;
  const before = known.get(socket);
  if (before !== undefined) return before;
  const { subject, subjectaltname, fingerprint256 } = socket.getPeerCertificate();
  if (fingerprint256 === undefined) return undefined;
  const peer: Peer = {
    subject: Object.freeze({ ...(subject as unknown as Record<string, string | string[]>) }),
    subjectAltNames: Object.freeze(splitNames(subjectaltname ?? '')),
    fingerprint256,
    authorized: true,
  };
  known.set(socket, Object.freeze(peer));
  return peer;
}

/** `DNS:a, URI:"b, c"`: Node writes a value in quotes, as JSON, where it could be taken for more than one name. */
function splitNames(text: string): string[] {
  const names = text.match(/[^,:" ][^,:"]*:(?:"(?:[^"\\]|\\.)*"|[^,"]*)/g) ?? [];
  return names.map((name) => {
    const colon = name.indexOf(':');
    const value = name.slice(colon + 1);
    return value.startsWith('"') ? `${name.slice(0, colon)}:${JSON.parse(value) as string}` : name;
  });
}
