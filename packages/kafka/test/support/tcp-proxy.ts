import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between clients and a broker, and can do what networks do: swallow everything, or cut every connection. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #target = 0;
  #isHole = false;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#pair(client));
  }

  static async listen(): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server);
  }

  /** Where connections go to from now on. */
  forwardTo(port: number): void {
    this.#target = port;
  }

  /** From now on nothing passes, and nobody is told: what is sent stays in buffers, new connections are taken and not answered. */
  swallow(): void {
    this.#isHole = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Everything passes again, what was held up first. */
  pass(): void {
    this.#isHole = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  /** Resets every connection there is. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await once(this.#server, 'close');
  }

  #pair(client: Socket): void {
    const broker = connect(this.#target, '127.0.0.1');
    const pair = [client, broker] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [broker, client]] as const) {
      from.on('data', (data) => to.write(data));
      from.on('error', () => to.destroy()); // the other side is told by its connection's end
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
      if (this.#isHole) from.pause();
    }
  }
}
