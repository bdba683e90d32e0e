import { setMaxListeners } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { log } from '@patron/log';
import { answerOf, Connections } from './drain.ts';
import { askOnRead } from './expect-continue.ts';
import { trustedProxies } from './forwarded/trusted.ts';
import { explain } from './listen-error.ts';
import type { ListenerConfig } from './listener-options.ts';
import { ListenerRequest, take } from './listener-request.ts';
import { lastAfter } from './max-requests.ts';
import { answerParseError, refuseTunnel } from './parse-error.ts';
import { refused } from './refuse.ts';
import { countRefusedConnection } from './refused-connections.ts';
import { Standstill } from './standstill.ts';
import { Certificates } from './tls/certificates.ts';
import { setTraits } from './traits.ts';
import { removeStale } from './unix-socket.ts';
import { Upgrades } from './upgrades.ts';

/** How a listener is opened, and for whom. */
export interface HttpListenerOptions extends ListenerConfig {
  /** Whose it is: `http`, `management`. In errors, log lines and metrics. */
  name: string;
  handler: RequestListener;
}

/** How often slow requests are looked for: a second's worth of them, refused at once, would keep all others waiting. */
const CHECK_MS = 100;
/** Who has connected after the last call has no request on its way yet: a short wait is enough to find out. */
const QUIET_AT_LAST_CALL_MS = 250;

/** A `node:http` server that refuses what it should, and closes without cutting anything. */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #server: Server;
  readonly #serve: RequestListener;
  readonly #connections = new Connections();
  readonly #standstill: Standstill;
  readonly #certificates: Certificates | undefined;
  readonly #upgrades: Upgrades | undefined;
  readonly #stopping = new AbortController();
  /** Of TLS, the connections below: one that never ends its handshake is no connection of ours yet, but holds the process. */
  readonly #raw = new Set<Socket>();
  /** Connections that have come after the last call, once there was one. */
  #late: WeakSet<Socket> | undefined;

  constructor(options: HttpListenerOptions) {
    this.#options = options;
    const { maxRequestsPerConnection: most } = options;
    this.#serve = most === undefined ? options.handler : lastAfter(most, options.handler);
    const settings = {
      IncomingMessage: ListenerRequest,
      requestTimeout: options.readTimeoutMs,
      headersTimeout: options.readTimeoutMs,
      keepAliveTimeout: 0, // Standstill's to say, as is the time for an answer
      connectionsCheckingInterval: Math.min(CHECK_MS, options.readTimeoutMs),
      requireHostHeader: false, // refused() looks: after Node's own 400 what is behind it would still be served
    };
    const handler = (request: ListenerRequest, response: ServerResponse): void => this.#handle(request, response);
    this.#certificates = options.tls && new Certificates(options.name, options.tls);
    // Loaded only where it is used: 3 ms of every start.
    const { createServer: createTlsServer } = options.tls === undefined ? {} : process.getBuiltinModule('node:https');
    this.#server =
      createTlsServer === undefined
        ? createServer(settings, handler)
        : createTlsServer({ ...this.#certificates?.settings, ...settings }, handler);
    // Node drops what exceeds its own count of headers without a word: two readers, two requests. refuse() counts instead.
    this.#server.maxHeadersCount = 0;
    this.#standstill = new Standstill(this.#connections, options);
    this.#server.on('timeout', (socket) => this.#standstill.timedOut(socket));
    this.#server.on('clientError', (error, socket) => answerParseError(error, socket as Socket, answerOf(socket as Socket)));
    this.#server.on('checkContinue', (request: ListenerRequest, response: ServerResponse) => {
      askOnRead(request, response);
      handler(request, response);
    });
    this.#server.on('connect', (request, socket) => refuseTunnel(request, socket as Socket));
    this.#server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#connections.add(socket);
      this.#late?.add(socket);
    });
    if (options.tls !== undefined) {
      this.#server.on('connection', (socket: Socket) => {
        this.#raw.add(socket);
        socket.once('close', () => this.#raw.delete(socket));
      });
    }
    if (options.onUpgrade !== undefined) {
      const upgrades = new Upgrades(options.name, options.onUpgrade);
      this.#upgrades = upgrades;
      this.#server.on('upgrade', (request, socket, head: Buffer) =>
        upgrades.take(request, socket as Socket, head, () => this.#connections.release(socket as Socket)),
      );
    }
    if (options.maxConnections !== undefined) {
      this.#server.maxConnections = options.maxConnections;
      this.#server.on('drop', () => countRefusedConnection(options.name));
    }
    const { signal: stopping } = this.#stopping;
    setMaxListeners(0, stopping); // one for each stream that is open
    setTraits(this.#server, { unix: options.socketPath !== undefined, trusted: trustedProxies(options.trustedProxies), stopping });
  }

  /** Opens the listener. @returns where, as a URL. @throws ListenError that names the port or the path and what to do */
  async listen(): Promise<string> {
    const { port, host, socketPath, socketMode } = this.#options;
    try {
      await this.#open(socketPath === undefined ? { port, host } : { path: socketPath });
      if (socketPath !== undefined && socketMode !== undefined) chmodSync(socketPath, socketMode);
    } catch (error) {
      throw explain(error as NodeJS.ErrnoException, this.#options);
    }
    // Those who are connected are still served; without a listener an error of the system would end the process.
    this.#server.on('error', (error) => log.error('a connection could not be accepted', { component: this.#options.name, error }));
    this.#standstill.start();
    this.#upgrades?.start();
    this.#certificates?.start((settings) => (this.#server as TlsServer).setSecureContext(settings));
    return this.address as string;
  }

  /** Where it listens: `https://localhost:8443`, `unix:/run/shop.sock`; undefined where it does not. */
  get address(): string | undefined {
    const address = this.#server.address();
    if (address === null) return undefined;
    return typeof address === 'string' ? `unix:${address}` : url(this.#options.tls === undefined ? 'http' : 'https', address);
  }

  /** What GET /info tells of it. */
  info(): Record<string, unknown> {
    return {
      address: this.address,
      connections: [...this.#connections.open].length,
      ...(this.#upgrades !== undefined && { upgradedConnections: this.#upgrades.count }),
      ...(this.#certificates !== undefined && { certificate: this.#certificates.info() }),
    };
  }

  /** The answers that are due now. */
  get due(): readonly ServerResponse[] {
    return this.#connections.due;
  }

  /**
   * Asks every client to leave and waits until those that are connected now have, while requests are still served; new
   * connections are too. Ends early when `deadline` aborts.
   */
  async drain(quietMs: number, deadline: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#connections.announceClose();
    await Promise.all([this.#connections.drain(quietMs, deadline), this.#upgrades?.drain(deadline)]);
  }

  /**
   * From now on new connections are late ({@link isLate}); serves those that came before until they are gone. What is left
   * when `deadline` aborts is cut. @returns the answers that were cut
   */
  async lastCall(deadline: AbortSignal): Promise<readonly ServerResponse[]> {
    this.#late = new WeakSet();
    await this.#connections.drain(QUIET_AT_LAST_CALL_MS, deadline);
    if (!deadline.aborted) return [];
    const { due } = this.#connections;
    this.#connections.destroy();
    return due;
  }

  /** Whether the request came on a connection that was opened after the last call. */
  isLate(request: IncomingMessage): boolean {
    return this.#late?.has(request.socket) === true;
  }

  /**
   * Closes the listener, then what is still connected to it: an idle connection once it has been quiet for `quietMs`; what is
   * left when `deadline` aborts is cut. @returns the answers that were cut
   */
  async close(deadline: AbortSignal, quietMs = 0): Promise<readonly ServerResponse[]> {
    if (!this.#server.listening) return [];
    this.#stopping.abort();
    this.#connections.announceClose();
    // Not http's own close(): on Node 20 it also cuts answers that were ended and are still being written.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    await this.#connections.drain(quietMs, deadline);
    const { due } = this.#connections;
    this.#connections.destroy();
    this.#upgrades?.destroy();
    for (const socket of this.#raw) socket.destroy();
    this.#standstill.stop();
    this.#certificates?.stop();
    await closed;
    this.#server.close(() => undefined); // stops the timer that checks for slow requests
    return due;
  }

  /** A Unix socket that is taken may be one that a killed process has left: then it is removed, and taken. */
  async #open(where: { port: number; host: string | undefined } | { path: string }): Promise<void> {
    try {
      await this.#bind(where);
    } catch (error) {
      if (!('path' in where) || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      await removeStale(where.path);
      await this.#bind(where);
    }
  }

  #bind(where: { port: number; host: string | undefined } | { path: string }): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ ...where, backlog: 1024 }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #handle(request: ListenerRequest, response: ServerResponse): void {
    take(request);
    if (refused(request, response)) return;
    this.#connections.answering(request.socket, response);
    this.#standstill.begin(request.socket, response);
    this.#serve(request, response);
  }
}

function url(scheme: string, { address, port }: AddressInfo): string {
  const host = address === '::' || address === '0.0.0.0' ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  return `${scheme}://${host}:${port}`;
}
