import { connect } from 'node:net';
import { accepting, freePort } from './ports.mjs';
import { Program, programFile } from './program.mjs';

/** Every answer of every side that has no other. */
const hello = { status: 200, body: Buffer.from('{"hello":"world"}') };
const serverCore = 0;
export const clientCore = 1;
const connections = 64;

/** One side of a pair, in a process of its own, from its start to its end. */
export class ServedSide {
  #server;
  #client;
  #load;
  #options;
  #port = 0;
  #cpuMs = 0;
  #answeredMs = 0;
  #ms = 0;
  #requests = 0;

  /**
   * @param {string} side
   * @param {import('./servers.mjs').Server} server
   * @param {{ client: Program, load: import('./servers.mjs').Load, node: string }} with
   */
  constructor(side, server, { client, load, node }) {
    this.side = side;
    this.#options = { server, node };
    this.#client = client;
    this.#load = load;
    this.#server = /** @type {Program | undefined} */ (undefined);
  }

  /**
   * Starts it and warms it up.
   * @param {number} warmUp how many requests
   */
  async open(warmUp) {
    await this.#named(async () => {
      const { file, env = {}, preload = [], paths = ['/hello/world'] } = this.#options.server;
      const { output, headers = [] } = this.#load;
      this.#port = await freePort();
      const port = this.#port;
      this.#server = new Program(programFile(file), {
        node: this.#options.node,
        nodeArgs: ['programs/cpu-meter.mjs', ...preload].flatMap((module) => ['--import', programFile(module)]),
        core: serverCore,
        env: { PORT: String(port), PATRON_HTTP_DEFAULT_PORT: String(port), NODE_ENV: 'production', ...env },
        ...(output !== undefined && { output }),
      });
      await Promise.race([accepting(port), this.#server.failed]);
      const own = this.#options.server.headers ?? headers;
      const requests = paths.map((path) => request(path, port, own));
      const { learns = false } = this.#options.server;
      const { status, body } = learns ? await lasting(request(paths[0] ?? '/', port, [...own, 'Connection: close']), port) : hello;
      await this.#client.ask({ command: 'open', port, connections, requests, status, body: body.toString('base64') });
      // One request per connection first: few enough for `afterwards` to know exactly what they leave behind.
      for (const requests of [connections, warmUp]) {
        await this.#send(requests);
        await this.#afterwards(requests);
      }
    });
  }

  /** @param {number} requests */
  async measure(requests) {
    await this.#named(async () => {
      const before = await this.#cpu();
      this.#ms += await this.#send(requests);
      this.#answeredMs += (await this.#cpu()) - before;
      await this.#afterwards(requests);
      this.#cpuMs += (await this.#cpu()) - before;
      this.#requests += requests;
    });
  }

  /** @param {string} file @param {number} requests */
  async profiled(file, requests) {
    await this.#server?.ask({ command: 'startProfile' });
    await this.measure(requests);
    await this.#server?.ask({ command: 'stopProfile', file }, 60_000);
  }

  /** @returns {import('./servers.mjs').Figures} of all that was measured */
  get figures() {
    return {
      cpuUs: (this.#cpuMs * 1000) / this.#requests,
      perSecond: (this.#requests * 1000) / this.#ms,
      busy: this.#answeredMs / this.#ms,
    };
  }

  async end() {
    if (this.#server === undefined) return;
    await this.#client.ask({ command: 'close', port: this.#port });
    await this.#server.end();
  }

  /** @param {number} requests @returns {Promise<number>} how long it took */
  async #send(requests) {
    return (await this.#client.ask({ command: 'load', port: this.#port, requests }, 240_000)).ms;
  }

  /** @param {number} requests */
  async #afterwards(requests) {
    await this.#load.afterwards?.(this.side, requests, this.#port);
  }

  async #cpu() {
    return /** @type {number} */ ((await this.#server?.ask({ command: 'cpu' }))?.cpuMs);
  }

  /** @param {() => Promise<void>} work */
  async #named(work) {
    try {
      await work();
    } catch (error) {
      throw new Error(`${this.side}: ${/** @type {Error} */ (error).message}`, { cause: error });
    }
  }
}

/** @param {string} path @param {number} port @param {readonly string[]} headers */
const request = (path, port, headers) =>
  [`GET ${path} HTTP/1.1`, `Host: localhost:${port}`, 'User-Agent: patron-bench', 'Accept: */*', ...headers, '', ''].join('\r\n');

/**
 * What a server goes on answering: the first answer of a limit is not yet what it says to everybody after.
 * @param {string} text
 * @param {number} port
 */
async function lasting(text, port) {
  await answerTo(text, port);
  return answerTo(text, port);
}

/**
 * What a server answers to a request, after which it closes the connection: the status, and the body as it is framed.
 * @param {string} text
 * @param {number} port
 * @returns {Promise<import('../programs/load-connection.mjs').Expected>}
 */
async function answerTo(text, port) {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(text);
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  const answer = Buffer.concat(chunks);
  const status = Number(answer.toString('latin1', 9, 12));
  return { status, body: answer.subarray(answer.indexOf('\r\n\r\n') + 4) };
}
