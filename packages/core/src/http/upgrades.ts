import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { log, shared } from '@patron/log';
import { metrics } from '@patron/trace';
import { settlesBefore } from '../deadline.ts';
import { RequestCarrier } from './carrier.ts';
import { isClosing, markClosing } from './closing.ts';
import { answerOf, isBusy } from './drain.ts';
import type { UpgradeListener } from './listener-options.ts';
import { unroutedOperation } from './operations.ts';
import { answerPlainly } from './parse-error.ts';
import { countRefusal, refuse } from './refuse.ts';

/** Connections of a listener that speak something else than HTTP by now. */
export class Upgrades {
  readonly #name: string;
  readonly #listener: UpgradeListener;
  readonly #open = new Set<Socket>();
  readonly #stop = new AbortController();
  #onEmpty: () => void = () => undefined;
  #untell: (() => void) | undefined;

  constructor(name: string, listener: UpgradeListener) {
    this.#name = name;
    this.#listener = listener;
    setMaxListeners(0, this.#stop.signal); // one for each connection: from the eleventh on Node would warn of a leak
  }

  /** How many there are. */
  get count(): number {
    return this.#open.size;
  }

  start(): void {
    this.#untell = tellUpgrades({ name: this.#name, count: () => this.#open.size });
  }

  /**
   * Hands a connection over, with the correlation id and the logger of its request. Not one whose request breaks HTTP, nor one
   * on which an answer is still due, nor where the service stops.
   */
  take(request: IncomingMessage, socket: Socket, head: Buffer, release: () => void): void {
    if (isClosing(socket)) return; // nothing behind the last answer is anybody's request
    const due = answerOf(socket);
    if (due !== undefined && isBusy(socket)) {
      markClosing(socket);
      due.once('close', () => socket.destroySoon());
      return;
    }
    const status = refuse(request) ?? (this.#stop.signal.aborted ? 503 : undefined);
    if (status !== undefined) {
      if (status !== 503) countRefusal(status);
      answerPlainly(socket, status);
      return;
    }
    release();
    this.#add(socket);
    const active = unroutedOperation(request).begin(new RequestCarrier(request));
    let error: string | undefined;
    const failed = (thrown: unknown): void => {
      error = 'upgrade_failed';
      active.logger.error('upgrade failed', { error: thrown });
      if (socket.bytesWritten === bytesWritten) answerPlainly(socket, 500);
      else socket.destroy();
    };
    const { bytesWritten } = socket;
    active.run(() => {
      try {
        const result: unknown = this.#listener(request, socket, head, this.#stop.signal);
        if (typeof (result as { then?: unknown } | undefined)?.then === 'function') (result as Promise<unknown>).then(undefined, failed);
      } catch (thrown) {
        failed(thrown);
      }
    });
    // What was answered only the listener knows; the connection may last for days, which is no duration of a request.
    active.end(error === undefined ? { status: '' } : { status: '', error });
  }

  /** Tells the listener that it is time, and waits until the connections are gone, at most until `deadline`. */
  async drain(deadline: AbortSignal): Promise<void> {
    this.#stop.abort(new DOMException('the service stops', 'AbortError'));
    if (this.#open.size === 0) return;
    const empty = new Promise<void>((resolve) => (this.#onEmpty = resolve));
    await settlesBefore(empty, deadline);
  }

  /** Closes what is left. */
  destroy(): void {
    this.#untell?.();
    if (this.#open.size === 0) return;
    log.warn('stop: upgraded connections were closed', { component: this.#name, connections: this.#open.size });
    for (const socket of this.#open) socket.destroy();
  }

  #add(socket: Socket): void {
    this.#open.add(socket);
    socket.setTimeout(0);
    // Without a listener, an error of the system on a connection that nobody watches would end the process.
    socket.on('error', (error) => log.debug('an upgraded connection broke', { component: this.#name, error }));
    socket.once('close', () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#onEmpty();
    });
  }
}

interface Shown {
  readonly name: string;
  count(): number;
}

/** The listeners of this process that hand connections over. */
const listeners = shared<Set<Shown>>('upgrades', () => new Set());

/** Shows in the metrics how many connections a listener has handed over. @returns what takes it out again */
export function tellUpgrades(listener: Shown): () => void {
  listeners.add(listener);
  shared('upgradeMetrics', () => {
    const description = {
      name: 'http_server_upgraded_connections',
      help: 'Open connections that were handed over to the upgrade listener.',
      labels: ['component'] as const,
    };
    metrics.gauge(description, (gauge) => {
      gauge.clear();
      for (const one of listeners) gauge.labels({ component: one.name }).set(one.count());
    });
    return true;
  });
  return () => listeners.delete(listener);
}
