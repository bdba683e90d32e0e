import { connect, type Socket } from 'node:net';

/** An answer with its body; headers by lower-case name. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A keep-alive connection that sends many requests at once and takes the answers as they come, in their order (RFC 9112 §9.3.2). */
export class PipelinedConnection {
  readonly #socket: Socket;
  readonly #answers: Answer[] = [];
  #buffer = '';
  #expected = 0;
  #settle: { resolve(answers: Answer[]): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () =>
      this.#settle?.reject(new Error(`the connection closed after ${this.#answers.length} of ${this.#expected} answers`)),
    );
  }

  static open(port: number): Promise<PipelinedConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new PipelinedConnection(socket)));
    });
  }

  /** @param requests - Whole ones, one character a byte. */
  send(requests: readonly string[]): Promise<Answer[]> {
    this.#expected = requests.length;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(requests.join(''), 'latin1');
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#buffer += text;
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end === -1) break;
      const [first = '', ...lines] = this.#buffer.slice(0, end).split('\r\n');
      const headers = Object.fromEntries(
        lines.map((line) => [line.split(':', 1)[0]?.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
      );
      const until = end + 4 + Number(headers['content-length'] ?? 0);
      if (this.#buffer.length < until) break;
      this.#answers.push({ status: Number(first.split(' ')[1]), headers, body: this.#buffer.slice(end + 4, until) });
      this.#buffer = this.#buffer.slice(until);
    }
    if (this.#answers.length >= this.#expected) this.#settle?.resolve(this.#answers);
  }
}
