import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { host, milliseconds, port, wholeNumber } from '../check.ts';
import { show } from '../show.ts';
import { type TrustedProxiesOption, trustedProxiesProblems } from './forwarded/trusted.ts';
import { type ListenerTlsOptions, tlsProblems } from './tls/options.ts';
import { LONGEST_SOCKET_PATH } from './unix-socket.ts';

/**
 * Takes a connection over whose client asks for another protocol (RFC 9110 §7.8), and answers by itself on `socket`. `head` is
 * what has come behind the request already. `signal` aborts when the service stops: say goodbye and end the socket; the stop
 * waits for that until its deadline, then the socket is closed.
 */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer, signal: AbortSignal) => void;

/** What every listener can be told, that of the service and further ones. */
export interface ListenerOptions {
  /** 0 to 65535; 0 takes a free one and logs it. */
  port?: number;
  /** The address to listen on. @default every address of the machine */
  host?: string;
  /** Path of a Unix socket to listen on, in place of a port. A file that a killed process left there is replaced. @default a port */
  socketPath?: string;
  /** Permissions of the socket's file: 0o660 lets its group connect. @default as the umask of the process has it */
  socketMode?: number;
  /** Key and certificate, as `node:https` takes them or as files, and whether clients show one. @default plain HTTP */
  tls?: ListenerTlsOptions;
  /** How long a client may take to send a whole request, in milliseconds. @default 30000 */
  readTimeoutMs?: number;
  /** How long a connection may stand still while an answer is due, in milliseconds. @default 60000 */
  writeTimeoutMs?: number;
  /** How long an idle connection is kept, in milliseconds; above a balancer's own limit, or it meets closed connections. @default 75000 */
  keepAliveTimeoutMs?: number;
  /** Connections at once; one more is closed as it comes, and counted. @default no limit but the system's */
  maxConnections?: number;
  /** Requests on one connection; the last answer says `Connection: close`, so that balancers spread anew. @default no limit */
  maxRequestsPerConnection?: number;
  /** Whose `Forwarded` and `X-Forwarded-For` are believed for `request.clientAddress`: networks, or this machine's. @default 'none' */
  trustedProxies?: TrustedProxiesOption;
  /** Takes over connections whose clients ask for an upgrade: WebSocket. @default such requests are served as any other */
  onUpgrade?: UpgradeListener;
}

/** A listener's options, checked. */
export interface ListenerConfig extends Omit<Partial<ListenerOptions>, 'host' | 'tls' | 'socketPath'> {
  port: number;
  host?: string | undefined;
  socketPath?: string | undefined;
  tls?: ListenerTlsOptions | undefined;
  readTimeoutMs: number;
  writeTimeoutMs: number;
  keepAliveTimeoutMs: number;
}

const LIMITS = ['maxConnections', 'maxRequestsPerConnection'] as const;

/**
 * Checks a listener's options and fills in what they leave out.
 *
 * @param prefix - What their names begin with in a problem: `http.`
 */
export function resolveListener(
  prefix: string,
  options: ListenerOptions,
  defaults: { port?: number | undefined; readTimeoutMs?: number | undefined; writeTimeoutMs?: number | undefined },
  problems: string[],
): ListenerConfig {
  const { socketPath, onUpgrade, ...rest } = options;
  const named = (name: keyof ListenerOptions): string => `${prefix}${name}`;
  const atPort = port(named('port'), options.port, problems) ?? defaults.port;
  if (socketPath !== undefined) problems.push(...socketProblems(prefix, options));
  else if (options.socketMode !== undefined) problems.push(`${named('socketMode')} is of no use without socketPath`);
  if (atPort === undefined && socketPath === undefined)
    problems.push(`${named('port')} is missing: it takes a port, 0 to 65535, or socketPath a path`);
  host(named('host'), options.host, problems);
  problems.push(...tlsProblems(named('tls'), options.tls), ...trustedProxiesProblems(named('trustedProxies'), options.trustedProxies));
  for (const limit of LIMITS)
    wholeNumber(named(limit), options[limit], { least: 1, most: Number.MAX_SAFE_INTEGER, takes: 'a whole number from 1' }, problems);
  if (onUpgrade !== undefined && typeof onUpgrade !== 'function')
    problems.push(`${named('onUpgrade')} is ${show(onUpgrade)}: it takes a function`);
  const time = (name: 'readTimeoutMs' | 'writeTimeoutMs' | 'keepAliveTimeoutMs'): number | undefined =>
    milliseconds(named(name), options[name], 1, problems);
  return {
    ...rest,
    ...(onUpgrade !== undefined && { onUpgrade }),
    socketPath,
    port: atPort ?? 0,
    readTimeoutMs: time('readTimeoutMs') ?? defaults.readTimeoutMs ?? 30_000,
    writeTimeoutMs: time('writeTimeoutMs') ?? defaults.writeTimeoutMs ?? 60_000,
    keepAliveTimeoutMs: time('keepAliveTimeoutMs') ?? 75_000,
  };
}

function socketProblems(prefix: string, { socketPath, socketMode, port: aPort, host: aHost }: ListenerOptions): string[] {
  const problems: string[] = [];
  const name = `${prefix}socketPath`;
  if (typeof socketPath !== 'string' || socketPath === '' || socketPath.includes('\0'))
    problems.push(`${name} is ${show(socketPath)}: it takes the path of a file`);
  else if (Buffer.byteLength(socketPath) > LONGEST_SOCKET_PATH)
    problems.push(`${name} has ${Buffer.byteLength(socketPath)} bytes: the system takes ${LONGEST_SOCKET_PATH}`);
  if (aPort !== undefined) problems.push(`${prefix}port and ${name} are both set: a listener has one of them`);
  if (aHost !== undefined) problems.push(`${prefix}host and ${name} are both set: a socket has no host`);
  wholeNumber(`${prefix}socketMode`, socketMode, { least: 0, most: 0o777, takes: 'permissions, 0o000 to 0o777' }, problems);
  return problems;
}
