import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { ServerOptions as TlsOptions } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { log } from '@patron/log';
import { answerOf, Connections } from './drain.ts';
import { explain } from './listen-error.ts';
import { answerParseError, refuseTunnel } from './parse-error.ts';
import { refused } from './refuse.ts';

/** How a listener is opened. */
export interface ListenerOptions {
  /** Whose it is: `http`, `management`. In errors and log lines. */
  name: string;
  port: number;
  /** @default every address of the machine */
  host?: string | undefined;
  tls?: TlsOptions | undefined;
  /** Limit on a whole request, headers and body. */
  readTimeoutMs: number;
  /** Limit on a connection that stands still while an answer is due. */
  writeTimeoutMs: number;
  /** How long an idle connection is kept. Above a balancer's 60 s, so that it is the balancer who closes first. */
  keepAliveTimeoutMs: number;
  handler: RequestListener;
}

/** Who has connected after the last call has no request on its way yet: a short wait is enough to find out. */
const QUIET_AT_LAST_CALL_MS = 250;

/** A `node:http` server that refuses what it should, and closes without cutting anything. */
export class HttpListener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #connections = new Connections();
  /** Of TLS, the connections below: one that never ends its handshake is no connection of ours yet, but holds the process. */
  readonly #raw = new Set<Socket>();
  /** Connections that have come after the last call, once there was one. */
  #late: WeakSet<Socket> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const settings = {
      requestTimeout: options.readTimeoutMs,
      headersTimeout: options.readTimeoutMs,
      keepAliveTimeout: options.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, options.readTimeoutMs),
      requireHostHeader: false, // refused() looks: after Node's own 400 what is behind it would still be served
    };
    const handler = (request: IncomingMessage, response: ServerResponse): void => this.#handle(request, response);
    // Loaded only where it is used: 3 ms of every start.
    const { createServer: createTlsServer } = options.tls === undefined ? {} : process.getBuiltinModule('node:https');
    this.#server =
      createTlsServer === undefined ? createServer(settings, handler) : createTlsServer({ ...options.tls, ...settings }, handler);
    // Node drops what exceeds its own count of headers without a word: two readers, two requests. refuse() counts instead.
    this.#server.maxHeadersCount = 0;
    this.#server.timeout = options.writeTimeoutMs;
    this.#server.on('clientError', (error, socket) => answerParseError(error, socket as Socket, answerOf(socket as Socket)));
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
  }

  /** Opens the listener. @throws ListenError that names the port and what to do. */
  async listen(): Promise<AddressInfo> {
    const { name, port, host } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const refused = (error: Error): void => reject(explain(error, name, port, host));
      this.#server.once('error', refused);
      this.#server.listen({ port, host, backlog: 1024 }, () => {
        this.#server.off('error', refused);
        // Those who are connected are still served; without a listener an error of the system would end the process.
        this.#server.on('error', (error) => log.error('a connection could not be accepted', { component: name, error }));
        resolve();
      });
    });
    return this.#server.address() as AddressInfo;
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
    this.#connections.announceClose();
    await this.#connections.drain(quietMs, deadline);
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

  /** Closes the listener, then what is still connected to it. */
  async close(deadline: AbortSignal): Promise<void> {
    if (!this.#server.listening) return;
    this.#connections.announceClose();
    // Not http's own close(): on Node 20 it also cuts answers that were ended and are still being written.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    await this.#connections.drain(0, deadline);
    this.#connections.destroy();
    for (const socket of this.#raw) socket.destroy();
    await closed;
    this.#server.close(() => undefined); // stops the timer that checks for slow requests
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (refused(request, response)) return;
    this.#connections.answering(request.socket, response);
    this.#options.handler(request, response);
  }
}
