import type { IncomingMessage } from 'node:http';
import { traitsOf } from './traits.ts';

const FORWARDING = /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip)$/i;
const LOOPBACK_NAME = /^(?:(?:[^:]+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:127(?:\.\d{1,3}){3}\])(?::\d*)?$/i;

/**
 * Whether a request comes from this very machine. One with a forwarding header came through a proxy that happens to run
 * here (a sidecar, an ingress): its sender may be anybody. One for another host's name was made by a browser here, on a page
 * whose name an attacker has let point here (DNS rebinding).
 */
export function isLoopbackPeer(request: IncomingMessage): boolean {
  // Who comes through a Unix socket has no address. Nor has a connection that is gone: so it is the listener that decides.
  const address = traitsOf(request)?.unix === true ? '::1' : (request.socket.remoteAddress ?? '');
  if (address !== '::1' && !address.startsWith('127.') && !address.startsWith('::ffff:127.')) return false;
  const { host } = request.headers;
  if (host !== undefined && !LOOPBACK_NAME.test(host)) return false;
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) if (FORWARDING.test(rawHeaders[i] as string)) return false;
  return true;
}
