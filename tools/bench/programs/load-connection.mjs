import { connect } from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');
const readBytes = 16 * 1024;

/** One keep-alive connection that sends the same request again and again. */
export class Connection {
  #socket;
  #request;
  #body;
  #pending = Buffer.alloc(0);
  /** @type {() => boolean} */
  #next = () => false;
  /** @type {{ resolve: (value?: void) => void, reject: (error: Error) => void }} */
  #run = { resolve: () => undefined, reject: () => undefined };

  /**
   * @param {number} port
   * @param {Buffer} request
   * @param {Buffer} body of every answer
   * @returns {Promise<Connection>}
   */
  static open(port, request, body) {
    return new Promise((resolve, reject) => {
      const connection = new Connection(port, request, body, (error) => (error ? reject(error) : resolve(connection)));
    });
  }

  /** @param {number} port @param {Buffer} request @param {Buffer} body @param {(error?: Error) => void} opened */
  constructor(port, request, body, opened) {
    this.#request = request;
    this.#body = body;
    // One buffer for all reads: what a client spends on garbage, the server waits for.
    const onread = {
      buffer: Buffer.alloc(readBytes),
      callback: (/** @type {number} */ size, /** @type {Buffer} */ buffer) => this.#read(buffer.subarray(0, size)),
    };
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    this.#socket.once('connect', () => opened());
    this.#socket.on('error', (error) => (opened(error), this.#run.reject(error)));
    this.#socket.on('close', () => this.#run.reject(new Error('the server closed a connection under load')));
  }

  /**
   * Requests one after the other while `next` says so.
   * @param {() => boolean} next
   * @returns {Promise<void>}
   */
  run(next) {
    this.#next = next;
    return new Promise((resolve, reject) => {
      this.#run = { resolve, reject };
      this.#advance();
    });
  }

  close() {
    this.#socket.removeAllListeners('close').destroy();
  }

  #advance() {
    if (this.#next()) this.#socket.write(this.#request);
    else this.#run.resolve();
  }

  /** @param {Buffer} bytes valid until this returns */
  #read(bytes) {
    const answer = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const end = answer.indexOf(headEnd);
    const due = end === -1 ? Number.POSITIVE_INFINITY : end + headEnd.length + this.#body.length;
    if (answer.length < due && isGood(answer, 0)) this.#pending = Buffer.from(answer);
    else if (
      answer.length === due &&
      isGood(answer, 0) &&
      answer.compare(this.#body, 0, this.#body.length, due - this.#body.length) === 0
    ) {
      if (this.#pending.length > 0) this.#pending = Buffer.alloc(0);
      this.#advance();
    } else this.#run.reject(new Error(`not the answer that was expected:\n${answer.toString('latin1').slice(0, 600)}`));
    return true;
  }
}

/**
 * `HTTP/1.1 200`
 * @param {Buffer} answer
 * @param {number} from
 */
function isGood(answer, from) {
  return answer.length < from + 12 || (answer[from + 9] === 0x32 && answer[from + 10] === 0x30 && answer[from + 11] === 0x30);
}
