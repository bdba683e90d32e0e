import { get } from 'node:http';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

// A batch that is not full leaves within half a second; what has not come so long after is not on its way.
const quietMs = 3000;
const ownCountMs = 5000;

/** @typedef {{ requests: number, spans: number, dropped: number }} Account */

/** @type {() => Account} */
const nothing = () => ({ requests: 0, spans: 0, dropped: 0 });

/** Each span that was made has arrived or was dropped. A side that exports less than it should would look fast. */
export class SpanLedger {
  #receiver;
  #spansOfRequest;
  #queueSize;
  /** @type {Map<string, Account>} */
  #sides = new Map();
  /** @type {Map<number, Account>} by port: each server of its own */
  #servers = new Map();

  /**
   * @param {{ ask(question: object, timeoutMs?: number): Promise<any> }} receiver otlp-receiver.mjs
   * @param {Record<string, number>} spansOfRequest a side that is not in here makes none
   * @param {number} queueSize fewer spans than that are never dropped
   */
  constructor(receiver, spansOfRequest, queueSize) {
    this.#receiver = receiver;
    this.#spansOfRequest = spansOfRequest;
    this.#queueSize = queueSize;
  }

  /**
   * Waits until every span of a load has arrived or is known to be dropped.
   * @param {string} side
   * @param {number} requests
   * @param {number} port where the server tells its own count
   */
  close = async (side, requests, port) => {
    const perRequest = this.#spansOfRequest[side];
    if (perRequest === undefined) return;
    const expected = requests * perRequest;
    const { spans } = await this.#receiver.ask({ command: 'await', expected, quietMs }, 120_000);
    const due = `${requests} requests make ${expected} spans`;
    if (spans === 0) throw new Error(`${due}, and none has arrived: nothing was exported`);
    if (spans > expected) throw new Error(`${due}, and ${spans} have arrived`);
    if (spans < expected && expected <= this.#queueSize)
      throw new Error(`${due}, which the queue can hold, and only ${spans} have arrived`);
    const load = { requests, spans, dropped: expected - spans };
    this.#sides.set(side, sum(this.#sides.get(side) ?? nothing(), load));
    const server = sum(this.#servers.get(port) ?? nothing(), load);
    this.#servers.set(port, server);
    if (side === 'patron') await sameAsOwnCount(port, server);
  };

  notes() {
    return [...this.#sides].map(([side, { requests, spans, dropped }]) => {
      const share = (spans / (spans + dropped)) * 100;
      return `${side}: ${requests} requests, of each ${this.#spansOfRequest[side]} spans; ${spans} received + ${dropped} dropped (${share.toFixed(1)} % received)`;
    });
  }
}

/** @param {Account} a @param {Account} b @returns {Account} */
const sum = (a, b) => ({ requests: a.requests + b.requests, spans: a.spans + b.spans, dropped: a.dropped + b.dropped });

/**
 * patron counts what it exports and what it drops. It hears of a batch's arrival a moment after the receiver.
 * @param {number} port
 * @param {Account} server
 */
async function sameAsOwnCount(port, { requests, spans, dropped }) {
  const end = performance.now() + ownCountMs;
  for (;;) {
    const own = await ownCount(port);
    if (own.exported === spans && own.dropped === dropped) return;
    if (performance.now() > end) {
      throw new Error(
        `of ${requests} spans, ${spans} have arrived and ${dropped} have not; /metrics says ${own.exported} exported and ${own.dropped} dropped`,
      );
    }
    await wait(20);
  }
}

/** @param {number} port */
async function ownCount(port) {
  const [response] = /** @type {[import('node:http').IncomingMessage]} */ (
    await once(get({ port, host: '127.0.0.1', path: '/metrics', agent: false }), 'response')
  );
  const text = (await response.toArray()).join('');
  const total = (/** @type {string} */ name) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))].reduce((all, [, value]) => all + Number(value), 0);
  return { exported: total('patron_spans_exported_total'), dropped: total('patron_spans_dropped_total') };
}
