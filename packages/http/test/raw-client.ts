import { connect, type Socket } from 'node:net';

/** A client that sends bytes as they are and keeps what comes back. */
export class RawClient {
  readonly socket: Socket;
  /** What has come so far, one character a byte. */
  received = '';
  /** The code of the error with which the connection ended, if it did with one. */
  error: string | undefined;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (data) => (this.received += String(data)));
    socket.on('error', (cause: NodeJS.ErrnoException) => (this.error = cause.code ?? cause.message));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async to(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  /** Sends, and resolves when the system has taken it; false where the connection is gone. */
  send(data: string | Buffer): Promise<boolean> {
    return new Promise((resolve) => {
      this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data, (error) =>
        resolve(error === undefined || error === null),
      );
    });
  }

  /** Resolves when what has come matches; rejects where the connection ends before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.received);
      if (match !== null) return match;
      if (this.socket.destroyed)
        throw new Error(`the connection ended (${this.error ?? 'closed'}) before ${String(pattern)} came: ${this.received}`);
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          this.socket.off('data', settle).off('close', settle);
          resolve();
        };
        this.socket.on('data', settle).on('close', settle);
      });
    }
  }

  /** The statuses that have come. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }
}
