import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { joinedHeader } from '../joined-header.ts';
import { traitsOf } from '../traits.ts';
import { hopsOfForwarded, hopsOfXForwardedFor, plainAddress } from './hops.ts';
import type { TrustedProxies } from './trusted.ts';

/**
 * The client's address, as far as those say who are trusted: that of the peer, and where that is a trusted proxy, of whom it
 * names, and so on. What stands left of an address that is not trusted is never looked at: anybody could have sent it.
 *
 * Undefined where a trusted proxy says that it does not know, or says what can't be read; and where `Forwarded` and
 * `X-Forwarded-For` disagree. A proxy writes one of them and hands on the other as the client sent it, and which one it
 * writes can't be seen from here. The proxy's own address would be wrong: rules for the inside would let the outside in.
 */
export function clientAddressOf(request: IncomingMessage): string | undefined {
  const peer = peerAddress(request.socket);
  const { trusted, unix = false } = traitsOf(request) ?? {};
  if (trusted === undefined) return peer;
  if (peer === undefined ? !(unix && trusted.unix) : !trusted.has(peer)) return peer;
  const forwarded = joinedHeader(request, 'forwarded');
  const xForwardedFor = joinedHeader(request, 'x-forwarded-for');
  if (forwarded === undefined) return xForwardedFor === undefined ? peer : walk(hopsOfXForwardedFor(xForwardedFor), peer, trusted);
  const client = walk(hopsOfForwarded(forwarded), peer, trusted);
  if (xForwardedFor === undefined) return client;
  return walk(hopsOfXForwardedFor(xForwardedFor), peer, trusted) === client ? client : undefined;
}

const PEER = Symbol('patron.peer');

/** Of a connection it stays the same: read, and spelled as it has to be, once. */
function peerAddress(socket: Socket & { [PEER]?: string | undefined }): string | undefined {
  return (socket[PEER] ??= socket.remoteAddress === undefined ? undefined : plainAddress(socket.remoteAddress));
}

function walk(hops: Iterable<string | undefined>, peer: string | undefined, trusted: TrustedProxies): string | undefined {
  let address = peer;
  for (const hop of hops) {
    if (hop === undefined) return undefined;
    address = hop;
    if (!trusted.has(hop)) break;
  }
  return address;
}
