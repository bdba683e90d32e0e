import { connect, type Socket } from 'node:net';

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

  constructor(load: Load) {
    this.#load = load;
  }

  /** Ready for a request: with keep-alive connected already, else not before there is one. */
  stand(): void {
    if (this.#load.keepAlive) this.#open();
    else this.#load.idle.add(this);
  }

  #open(): void {
    this.port = this.#load.pick();
    this.#buffer = '';
    let isOpen = false;
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('connect', () => {
      isOpen = true;
      if (!this.#due) this.#load.idle.add(this);
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
    const { tally, idle } = this.#load;
    tally.answered++;
    if (status !== '200') tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
    this.#due = false;
    if (told) tally.closedAsTold++;
    if (!told && this.#load.keepAlive) idle.add(this);
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
  readonly idle = new Set<Connection>();
  readonly pick: Pick;
  readonly keepAlive: boolean;
  over = false;
  readonly #connections: Connection[];
  readonly #perSecond: number;
  #startedAt = 0;
  #fast = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(pick: Pick, { connections, perSecond, keepAlive = true }: LoadOptions) {
    this.pick = pick;
    this.keepAlive = keepAlive;
    this.#perSecond = perSecond;
    this.#connections = Array.from({ length: connections }, () => new Connection(this));
  }

  start(): void {
    for (const connection of this.#connections) connection.stand();
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#send(), 5);
  }

  /** Sends requests that take long, on connections to this port. */
  slow(port: number, count: number): void {
    const chosen = [...this.idle].filter((connection) => connection.port === port).slice(0, count);
    this.tally.slow += chosen.length;
    for (const connection of chosen) connection.request('/slow');
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
