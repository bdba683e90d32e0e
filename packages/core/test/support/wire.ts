import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A client that sends bytes as they are told and sees what comes back, to the end of the connection. */
export class Wire {
  readonly socket: Socket;
  /** What came, one character a byte. */
  received = '';
  /** The code of the error that the connection ended with: ECONNRESET. */
  error: string | undefined;
  /** Whether the server has closed its half. */
  ended = false;
  readonly #watchers = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    const changed = (): void => this.#watchers.forEach((look) => look());
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      this.received += data;
      changed();
    });
    socket.on('end', () => {
      this.ended = true;
      changed();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    socket.on('close', changed);
  }

  /** @param options - `halfOpen`: does not close its half when the server closes the other. */
  static open(port: number, options: { halfOpen?: boolean; tls?: boolean } = {}): Promise<Wire> {
    const to = { port, host: '127.0.0.1', allowHalfOpen: options.halfOpen === true };
    const socket = options.tls === true ? connectTls({ ...to, rejectUnauthorized: false }) : connect({ ...to, noDelay: true });
    const wire = new Wire(socket);
    return new Promise((resolve, reject) => {
      socket.once(options.tls === true ? 'secureConnect' : 'connect', () => resolve(wire));
      socket.once('error', reject);
    });
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** A request without a body, or with one of which the head says how. */
  request(path: string, ...more: string[]): this {
    return this.send(
      `${more.some((line) => /^(content-length|transfer-encoding)/i.test(line)) ? 'POST' : 'GET'} ${path} HTTP/1.1\r\n${['Host: test', ...more].join('\r\n')}\r\n\r\n`,
    );
  }

  /** Waits for what has to come. */
  async until(what: (wire: Wire) => boolean, ms = 10_000): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!what(this) && !this.socket.closed) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        if (what(this)) resolve();
        else reject(new Error(`the connection closed (${this.error ?? 'in order'}) after ${JSON.stringify(this.received.slice(0, 500))}`));
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`nothing of that within ${ms} ms, only ${JSON.stringify(this.received.slice(0, 500))}`));
      }, ms);
      this.#watchers.add(look);
      look();
    });
    return this;
  }

  /** Waits until so many answers have begun. */
  answers(count: number): Promise<this> {
    return this.until(() => this.statuses().length >= count);
  }

  /** Waits until the connection is closed, whoever did it. */
  closed(): Promise<this> {
    return this.until(() => this.socket.closed);
  }

  statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  /** What each answer says of the connection. */
  connection(): string[] {
    return this.received.split(/(?=HTTP\/1\.1 \d{3} )/).map((answer) => /\r\nConnection: ([^\r]*)/i.exec(answer)?.[1] ?? 'not said');
  }
}
