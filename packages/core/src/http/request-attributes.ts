import type { IncomingMessage } from 'node:http';
import { clientAddressOf } from './forwarded/client-address.ts';

/** The form of a value that says where a request was sent to: a name or an address, and perhaps a port. */
const AUTHORITY = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/;

/**
 * What a server's span tells of its request, by the stable semantic conventions ("HTTP Server"), besides method, scheme and
 * route, which the operation knows. The query's values stay here: they are where tokens and addresses of people stand.
 */
export function requestAttributes(request: IncomingMessage): Record<string, string | number> {
  const attributes: Record<string, string | number> = {};
  const { url = '/', socket, httpVersion, rawHeaders } = request;
  const mark = url.indexOf('?');
  attributes['url.path'] = mark === -1 ? url : url.slice(0, mark);
  if (mark !== -1) attributes['url.query'] = withoutValues(url.slice(mark + 1));
  attributes['network.protocol.version'] = httpVersion;
  const { remoteAddress, remotePort } = socket;
  const clientAddress = clientAddressOf(request);
  if (clientAddress !== undefined) attributes['client.address'] = clientAddress;
  if (remoteAddress !== undefined) {
    attributes['network.peer.address'] = remoteAddress;
    if (remotePort !== undefined) attributes['network.peer.port'] = remotePort;
  }
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') addServer(attributes, rawHeaders[i + 1] as string);
    else if (name.length === 10 && name.toLowerCase() === 'user-agent') attributes['user_agent.original'] = rawHeaders[i + 1] as string;
  }
  return attributes;
}

function addServer(attributes: Record<string, string | number>, host: string): void {
  const [, name, port] = AUTHORITY.exec(host) ?? [];
  if (name === undefined) return;
  attributes['server.address'] = name;
  if (port !== undefined) attributes['server.port'] = Number(port);
}

function withoutValues(query: string): string {
  return query.replace(/=[^&]*/g, '=REDACTED');
}
