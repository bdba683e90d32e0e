import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

/** What became of the requests, each counted once. */
export interface Tally {
  sent: number;
  /** Those of them that take long. */
  slow: number;
  answered: number;
  /** Answers that are no 200, by status. */
  statuses: Record<string, number>;
  /** The connection broke while an answer was due, by code. */
  resets: Record<string, number>;
  /** The connection ended in order, and the answer was missing. */
  unanswered: number;
  /** A connection could not be made, by code. */
  refused: Record<string, number>;
  /** Connections that were closed while no answer was due. */
  closedIdle: number;
  /** Connections that were closed after an answer had said so. */
  closedAsTold: number;
}

/** The port for a new connection: what a balancer decides. */
export type Pick = () => number;

/** One keep-alive connection of a balancer to wherever it points: replaced when it closes or is told to. */
class Connection {
  port = 0;
  readonly #load: Load;
  #socket: Socket | undefined;
  #buffer = '';
  #due = false;
  #askedAt = 0;

  constructor(load: Load) {
    this.#load = load;
  }

  /** Ready for a request: with keep-alive connected already, else not before there is one. */
  stand(): void {
    if (this.#load.keepAlive) this.#open();
    else this.#load.free(this);
  }

  #open(): void {
    this.port = this.#load.pick();
    this.#buffer = '';
    let isOpen = false;
    const where = { port: this.port, host: '127.0.0.1', noDelay: true };
    const { ca } = this.#load;
    const socket: Socket = ca === undefined ? connect(where) : connectSecurely({ ...where, ca });
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on(ca === undefined ? 'connect' : 'secureConnect', () => {
      isOpen = true;
      if (!this.#due) this.#load.free(this);
    });
    socket.on('data', (text: string) => {
      if (socket === this.#socket) this.#read(text);
    });
    // Our half closes as soon as theirs does (allowHalfOpen is off), like that of any client.
    let code: string | undefined;
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? 'unknown'));
    socket.on('close', () => this.#closed(socket, isOpen, code));
    socket.on('end', () => {
      if (socket === this.#socket) this.#load.idle.delete(this);
    });
  }

  request(path: string): void {
    const { tally, idle } = this.#load;
    idle.delete(this);
    tally.sent++;
    this.#due = true;
    this.#askedAt = performance.now();
    if (this.#socket === undefined) this.#open();
    this.#socket?.write(`GET ${path} HTTP/1.1\r\nHost: balancer\r\n\r\n`);
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  #read(text: string): void {
    this.#buffer += text;
    const head = this.#buffer.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = Number(/\r\nContent-Length: (\d+)/i.exec(this.#buffer)?.[1]);
    if (this.#buffer.length < head + 4 + length) return;
    const status = this.#buffer.slice(9, 12);
    const told = /\r\nConnection: close/i.test(this.#buffer.slice(0, head + 2));
    this.#buffer = '';
    const { tally } = this.#load;
    tally.answered++;
    this.#load.latenciesMs.push(performance.now() - this.#askedAt);
    if (status !== '200') tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
    this.#due = false;
    if (told) tally.closedAsTold++;
    if (!told && this.#load.keepAlive) this.#load.free(this);
    else {
      this.#socket?.end();
      this.#replace();
    }
  }

  #closed(socket: Socket, wasOpen: boolean, code: string | undefined): void {
    if (socket !== this.#socket || this.#load.over) return;
    const { tally, idle } = this.#load;
    idle.delete(this);
    if (!wasOpen) add(tally.refused, code);
    else if (!this.#due) {
      tally.closedIdle++;
      if (code !== undefined) add(tally.resets, `idle ${code}`);
    } else if (code === undefined) tally.unanswered++;
    else add(tally.resets, code);
    this.#due = false;
    if (wasOpen) this.#replace();
    else setTimeout(() => this.#replace(), 50);
  }

  #replace(): void {
    this.#socket = undefined;
    if (!this.#load.over) this.stand();
  }
}

export interface LoadOptions {
  connections: number;
  perSecond: number;
  /** Off: a new connection for each request. @default true */
  keepAlive?: boolean;
  /** Over TLS, to whoever has a certificate of this authority. @default without TLS */
  ca?: string | undefined;
}

/** A steady load over keep-alive connections, the longest idle first. */
export class Load {
  readonly tally: Tally = {
    sent: 0,
    slow: 0,
    answered: 0,
    statuses: {},
    resets: {},
    unanswered: 0,
    refused: {},
    closedIdle: 0,
    closedAsTold: 0,
  };
  /** Of each answer, in their order. */
  readonly latenciesMs: number[] = [];
  readonly idle = new Set<Connection>();
  readonly pick: Pick;
  readonly keepAlive: boolean;
  readonly ca: string | undefined;
  over = false;
  readonly #connections: Connection[];
  readonly #perSecond: number;
  readonly #waiting: { port: number; take: (connection: Connection) => void }[] = [];
  #startedAt = 0;
  #fast = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(pick: Pick, { connections, perSecond, keepAlive = true, ca }: LoadOptions) {
    this.pick = pick;
    this.keepAlive = keepAlive;
    this.ca = ca;
    this.#perSecond = perSecond;
    this.#connections = Array.from({ length: connections }, () => new Connection(this));
  }

  start(): void {
    for (const connection of this.#connections) connection.stand();
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#send(), 5);
  }

  /** Sends requests that take long, on the next connections to this port that are free. */
  async slow(port: number, count: number): Promise<void> {
    for (let sent = 0; sent < count; sent++) {
      const connection = [...this.idle].find((idle) => idle.port === port) ?? (await this.#freed(port));
      this.tally.slow++;
      connection.request('/slow');
    }
  }

  /** A connection has nothing to do: the first who waits for one like it gets it. */
  free(connection: Connection): void {
    this.idle.add(connection);
    const first = this.#waiting.findIndex(({ port }) => port === connection.port);
    if (first === -1) return;
    this.idle.delete(connection);
    this.#waiting.splice(first, 1)[0]?.take(connection);
  }

  #freed(port: number): Promise<Connection> {
    return new Promise((take) => this.#waiting.push({ port, take }));
  }

  /** How many requests a second there were on average. */
  get rate(): number {
    return (this.#fast / (performance.now() - this.#startedAt)) * 1000;
  }

  /** Sends no more, waits for the answers that are due, and hangs up. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const until = performance.now() + 10_000;
    const { tally } = this;
    const lost = (): number => tally.unanswered + Object.values(tally.resets).reduce((sum, count) => sum + count, 0);
    while (tally.answered + lost() < tally.sent && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    this.over = true;
    for (const connection of this.#connections) connection.destroy();
  }

  #send(): void {
    const due = ((performance.now() - this.#startedAt) / 1000) * this.#perSecond;
    for (const connection of this.idle) {
      if (this.#fast >= due) return;
      this.#fast++;
      connection.request('/');
    }
  }
}

function add(counts: Record<string, number>, code = 'closed'): void {
  counts[code] = (counts[code] ?? 0) + 1;
}
