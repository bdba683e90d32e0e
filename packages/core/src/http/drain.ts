import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as afterReading, setTimeout as sleep } from 'node:timers/promises';
import { closeGently, lingerAfterAnswer, restoreDestroySoon } from './linger.ts';

const RESPONSE = Symbol('patron.response');
const TICK_MS = 25;
/** For a client that has begun a request and not sent all of its head; Node's own limit on that may be too long for a stop. */
const HALF_A_REQUEST_MS = 5000;

interface Tracked extends Socket {
  [RESPONSE]?: ServerResponse;
}

/** The latest answer on a connection, sent or not. */
export function answerOf(socket: Socket): ServerResponse | undefined {
  return (socket as Tracked)[RESPONSE];
}

/** The open connections of a listener, each with its latest answer: what has to end before the listener may. */
export class Connections {
  readonly #open = new Set<Tracked>();
  readonly #told = new WeakSet<ServerResponse>();
  #closing = false;

  /** Keeps an eye on a new connection. */
  add(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    lingerAfterAnswer(socket);
  }

  /** Lets go of a connection that speaks something else from now on. */
  release(socket: Socket): void {
    this.#open.delete(socket);
    restoreDestroySoon(socket);
  }

  /** Notes what is being answered on a connection; little is done here, as it happens per request. */
  answering(socket: Socket, response: ServerResponse): void {
    if (this.#closing) this.#tellLast(response, (socket as Tracked)[RESPONSE]);
    (socket as Tracked)[RESPONSE] = response;
  }

  /** The open connections. */
  get open(): Iterable<Socket> {
    return this.#open;
  }

  /** Answers that are due, or not all with the system yet. */
  get due(): readonly ServerResponse[] {
    const due: ServerResponse[] = [];
    for (const socket of this.#open) if (isBusy(socket)) due.push(socket[RESPONSE] as ServerResponse);
    return due;
  }

  /** Asks the client, in each answer whose head is not out yet and in all that follow, not to use the connection again. */
  announceClose(): void {
    this.#closing = true;
    for (const socket of this.#open) if (isBusy(socket)) this.#tellLast(socket[RESPONSE] as ServerResponse, undefined);
  }

  /**
   * Waits until the connections that are open now are gone, at most until `deadline`. One on which an answer is due is left
   * alone. One that is idle is closed after `quietMs`: not sooner, as a request may be on the wire (node #60617); and after
   * an answer said so, by which its client knows. With 0 nothing is waited for but answers that are due.
   */
  async drain(quietMs: number, deadline: AbortSignal): Promise<void> {
    const leaving = new Set(this.#open);
    const seen = new WeakMap<Tracked, Sight>();
    while (!deadline.aborted) {
      for (const socket of leaving) if (!this.#open.has(socket)) leaving.delete(socket);
      if (leaving.size === 0) return;
      const now = performance.now();
      for (const socket of this.#open) {
        const sight = look(socket, seen.get(socket), now);
        seen.set(socket, sight);
        const patienceMs = sight.begun && quietMs > 0 ? HALF_A_REQUEST_MS : quietMs;
        if (!sight.busy && now - sight.at >= patienceMs) closeGently(socket);
      }
      await tick();
    }
  }

  /** Cuts all that is left. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #tellLast(response: ServerResponse, before: ServerResponse | undefined): void {
    // A client that pipelines: told to close in the answer before, Node would not send this one.
    if (before !== undefined && !before.headersSent && this.#told.has(before)) before.removeHeader('Connection');
    if (response.headersSent) return;
    response.setHeader('Connection', 'close');
    this.#told.add(response);
  }
}

/** What was seen of a connection, and since when it is so. */
interface Sight {
  bytes: number;
  response: ServerResponse | undefined;
  at: number;
  busy: boolean;
  /** Bytes have come that belong to no answer: the head of a request, not all of it yet. */
  begun: boolean;
}

function look(socket: Tracked, last: Sight | undefined, now: number): Sight {
  const { bytesRead: bytes, [RESPONSE]: response } = socket;
  const busy = isBusy(socket);
  if (last !== undefined && !busy && last.bytes === bytes && last.response === response)
    return last.busy ? { ...last, busy, at: now } : last;
  const begun = !busy && last?.response === response && bytes > (last?.bytes ?? 0);
  return { bytes, response, at: now, busy, begun };
}

/** An answer is done when its last byte is with the system: `end()` alone is not enough, Node still holds the rest. */
export function isBusy(socket: Socket): boolean {
  const response = answerOf(socket);
  return response !== undefined && !response.writableFinished && !response.destroyed;
}

/**
 * Polls: bytes that arrive without an event of ours (half a request) count as life too. Looks after the loop has read what
 * there is: after a busy moment the request that makes a connection busy may wait in the system.
 */
async function tick(): Promise<void> {
  await sleep(TICK_MS);
  await afterReading();
}
