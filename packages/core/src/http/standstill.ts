import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerOf, type Connections, isBusy } from './drain.ts';
import { reset } from './reset.ts';

/** How often connections are looked at, at most; oftener where a limit is short. */
const LOOK_MS = 500;
const MIN_LOOK_MS = 25;
/** How long they are cut in one go: where the system holds megabytes for a client, each takes a millisecond. */
const SLICE_MS = 1;

const SEEN = Symbol('patron.seen');

/** A connection as it was when something had changed on it. */
interface Sight {
  readonly response: ServerResponse | undefined;
  /** Bytes that have come from the client, and that the system has taken for it. */
  readonly moved: number;
  readonly at: number;
}

interface Seen extends Socket {
  [SEEN]?: Sight;
  /** Node's own; what it has been given and the system has not taken. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

interface Hinted extends ServerResponse {
  /** What node:http tells a client in `Keep-Alive: timeout=…`, under its own name. */
  _keepAliveTimeout?: number;
}

/**
 * Cuts connections that stand still: one on which an answer is due, or no request has come yet, after `writeTimeoutMs`; an
 * idle one after `keepAliveTimeoutMs`. Up to a second later, as they are looked at twice a second.
 *
 * Node's own limits arm a timer with each request and another one with each answer, which costs a small answer a thirtieth,
 * and the one for writing is over only at the second time that it runs out. What moves is seen by what is counted anyway.
 */
export class Standstill {
  readonly #connections: Connections;
  readonly #writeTimeoutMs: number;
  readonly #keepAliveTimeoutMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(connections: Connections, limits: { writeTimeoutMs: number; keepAliveTimeoutMs: number }) {
    this.#connections = connections;
    this.#writeTimeoutMs = limits.writeTimeoutMs;
    this.#keepAliveTimeoutMs = limits.keepAliveTimeoutMs;
  }

  /** Begins to look at the connections, until {@link stop}. */
  start(): void {
    const shortest = Math.min(this.#writeTimeoutMs, this.#keepAliveTimeoutMs);
    this.#timer = setInterval(() => this.#look(), Math.min(LOOK_MS, Math.max(MIN_LOOK_MS, shortest / 4)));
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes note of a request: the timer of an idle connection is over, and one that the request before has set. */
  begin(socket: Socket, response: ServerResponse): void {
    if (socket.timeout) socket.setTimeout(0);
    (socket as { timeout?: number | undefined }).timeout = undefined; // 0 is what a handler says that wants no limit
    (response as Hinted)._keepAliveTimeout = this.#keepAliveTimeoutMs;
  }

  /** Cuts a connection whose time is up; not where a handler has set the time and waits for it. */
  timedOut(socket: Socket): void {
    const response = answerOf(socket);
    if (response === undefined || !isBusy(socket)) {
      if (socket.timeout === undefined) socket.destroy();
      else socket.setTimeout(0); // it was meant for an answer that is out
    } else if (response.listenerCount('timeout') === 0 && (response.req.complete || response.req.listenerCount('timeout') === 0))
      reset(socket);
  }

  #look(): void {
    const now = performance.now();
    this.#cut([...(this.#connections.open as Iterable<Seen>)].filter((socket) => this.#isStill(socket, now)));
  }

  /** A thousand that stood still since the same moment are cut between the answers to those who did not. */
  #cut(late: Seen[]): void {
    const now = performance.now();
    for (let socket = late.pop(); socket !== undefined; socket = late.pop()) {
      if (!socket.destroyed && this.#isStill(socket, now)) {
        socket[SEEN] = { ...(socket[SEEN] as Sight), at: now };
        socket.emit('timeout');
      }
      if (performance.now() - now < SLICE_MS) continue;
      setImmediate(() => this.#cut(late)).unref();
      return;
    }
  }

  /** Whether nothing has moved on a connection for as long as it may stand still; takes note of what has. */
  #isStill(socket: Seen, now: number): boolean {
    const response = answerOf(socket);
    const moved = socket.bytesRead + socket.bytesWritten - (socket._handle?.writeQueueSize ?? 0);
    const sight = socket[SEEN];
    if (sight === undefined || sight.response !== response || sight.moved !== moved) {
      socket[SEEN] = { response, moved, at: now };
      return false;
    }
    const busy = isBusy(socket);
    if (busy && socket.timeout !== undefined) return false; // a handler has set a limit of its own, or none
    const limit = busy || response === undefined ? this.#writeTimeoutMs : this.#keepAliveTimeoutMs;
    // As Node's timer would: request and answer are told, then the server.
    return now - sight.at >= limit;
  }
}
