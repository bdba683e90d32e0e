import { setTimeout as sleep } from 'node:timers/promises';
import { shared } from '@patron/log';
import type { LibraryError, RawRecord, TopicPartitionOffset } from './client.ts';
import type { ConsumerClient } from './consumer-client.ts';

/** Records of one call at most. More are not faster: what is handled soon after it came costs the garbage collector nothing. */
const BATCH = 500;
/** Between two calls that failed. */
const PAUSE_MS = 100;
/** How long a call may wait for a record; a stop waits for the call. */
const WAIT_MS = 100;

/**
 * A call that waits keeps one of the four threads that files, names of hosts and zlib share with it. So many consumers of a
 * process may do so; with more of them, none waits there, and each looks every few milliseconds instead.
 */
const MAY_WAIT = 2;
const LOOK_EVERY_MS = 5;
const pollers = shared<Set<object>>('kafkaPollers', () => new Set());

/** What a poller brings, and asks. */
export interface PollerEvents {
  onRecords(records: readonly RawRecord[], ends: readonly TopicPartitionOffset[]): void;
  /** A call failed, which need not mean much. Throws where it does. */
  onError(error: LibraryError): void;
  /** Before the next call: as long as this waits, nothing is polled. */
  ease(): Promise<void> | undefined;
}

/**
 * Calls consume(), again and again, for as long as the client lives: that is what membership, rebalances and the answers to
 * commits hang on, so no handler is ever waited for.
 */
export class Poller {
  readonly #client: Pick<ConsumerClient, 'consume'>;
  readonly #events: PollerEvents;
  readonly #batch: number;
  readonly #waiting: (() => void)[] = [];
  #ends: TopicPartitionOffset[] = [];
  #isCalling = false;
  #isStopped = false;
  #loop: Promise<void> | undefined;

  /** @param maxBuffered - No call brings more, so that a partition that is just not full never comes to hold twice as much. */
  constructor(client: Pick<ConsumerClient, 'consume'>, maxBuffered: number, events: PollerEvents) {
    this.#client = client;
    this.#events = events;
    this.#batch = Math.min(BATCH, maxBuffered);
  }

  /** @param onBroken - Called with what ended it before {@link stop}. */
  start(onBroken: (error: unknown) => void): void {
    pollers.add(this);
    this.#loop = this.#run()
      .catch(onBroken)
      .finally(() => pollers.delete(this));
  }

  /** Resolves when no call is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loop;
  }

  /** Resolves once the call that is under way is back, and what it brought is with `onRecords`. */
  turn(): Promise<void> {
    return this.#isCalling ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  /** Told while a call is under way: what it brings was read before. */
  atEnd(end: TopicPartitionOffset): void {
    this.#ends.push(end);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const mayWait = pollers.size <= MAY_WAIT;
      let pauseMs = 0;
      this.#isCalling = true;
      try {
        const records = await this.#client.consume(this.#batch, mayWait ? WAIT_MS : 1);
        const ends = this.#ends;
        if (ends.length > 0) this.#ends = [];
        if (records.length > 0 || ends.length > 0) this.#events.onRecords(records, ends);
        else if (!mayWait) pauseMs = LOOK_EVERY_MS;
      } catch (error) {
        this.#events.onError(error as LibraryError);
        pauseMs = PAUSE_MS;
      } finally {
        this.#isCalling = false;
        for (const resolve of this.#waiting.splice(0)) resolve();
      }
      await this.#events.ease();
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }
}
