import { connect } from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');
const readBytes = 16 * 1024;

/** @typedef {{ status: number, body: Buffer }} Expected what every answer is */

/** One keep-alive connection that sends request after request and expects the same answer each time. */
export class Connection {
  #socket;
  #body;
  #status;
  #pending = Buffer.alloc(0);
  /** @type {() => Buffer | undefined} */
  #next = () => undefined;
  /** @type {{ resolve: (value?: void) => void, reject: (error: Error) => void }} */
  #run = { resolve: () => undefined, reject: () => undefined };
  /** @type {Error | undefined} */
  #broken;

  /**
   * @param {number} port
   * @param {Expected} expected
   * @returns {Promise<Connection>}
   */
  static open(port, expected) {
    return new Promise((resolve, reject) => {
      const connection = new Connection(port, expected, (error) => (error ? reject(error) : resolve(connection)));
    });
  }

  /** @param {number} port @param {Expected} expected @param {(error?: Error) => void} opened */
  constructor(port, { status, body }, opened) {
    this.#body = body;
    this.#status = Buffer.from(String(status));
    // One buffer for all reads: what a client spends on garbage, the server waits for.
    const onread = {
      buffer: Buffer.alloc(readBytes),
      callback: (/** @type {number} */ size, /** @type {Buffer} */ buffer) => this.#read(buffer.subarray(0, size)),
    };
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    this.#socket.once('connect', () => opened());
    this.#socket.on('error', (error) => (opened(error), this.#run.reject(error)));
    this.#socket.on('close', () => {
      this.#broken = new Error('the server closed a connection under load, or between two loads');
      this.#run.reject(this.#broken);
    });
  }

  /**
   * Requests one after the other while `next` has one.
   * @param {() => Buffer | undefined} next
   * @returns {Promise<void>}
   */
  run(next) {
    this.#next = next;
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) reject(this.#broken);
      this.#run = { resolve, reject };
      this.#advance();
    });
  }

  close() {
    this.#socket.removeAllListeners('close').destroy();
  }

  #advance() {
    const request = this.#next();
    if (request) this.#socket.write(request);
    else this.#run.resolve();
  }

  /** @param {Buffer} bytes valid until this returns */
  #read(bytes) {
    const answer = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const end = answer.indexOf(headEnd);
    const due = end === -1 ? Number.POSITIVE_INFINITY : end + headEnd.length + this.#body.length;
    if (answer.length < due && this.#isGood(answer)) this.#pending = Buffer.from(answer);
    else if (
      answer.length === due &&
      this.#isGood(answer) &&
      answer.compare(this.#body, 0, this.#body.length, due - this.#body.length) === 0
    ) {
      if (this.#pending.length > 0) this.#pending = Buffer.alloc(0);
      this.#advance();
    } else this.#run.reject(new Error(`not the answer that was expected:\n${answer.toString('latin1').slice(0, 600)}`));
    return true;
  }

  /**
   * `HTTP/1.1 200`
   * @param {Buffer} answer
   */
  #isGood(answer) {
    const [a, b, c] = this.#status;
    return answer.length < 12 || (answer[9] === a && answer[10] === b && answer[11] === c);
  }
}
