import { AsyncResource } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@patron/log';
import { type ClientSettings, CODES, type LibraryError } from './client.ts';
import { KafkaError, KafkaSendError } from './errors.ts';
import { isWithin } from './is-within.ts';
import type { Pending } from './pending.ts';
import { PendingList } from './pending-list.ts';
import { ProducerClient } from './producer-client.ts';
import { FORGOTTEN, knowsBrokers, type Statistics } from './statistics.ts';

/** How often reports are asked for while some are due. */
const POLL_MS = 1;
/** How often what librdkafka tells by itself is asked for: it keeps it until then. */
const LISTEN_MS = 2500;
/** How often it is looked for what is overdue. By the clock: on a busy machine polls come seldom. */
const LOOK_EVERY_MS = 50;
const CONNECT_MS = 5000;
const RETRY_MS = 500;
const DISCONNECT_MS = 5000;

/**
 * Sends records and sees to it that each promise settles: by the broker's answer, or when its time is up. A client is made
 * when there is something to send, and anew when one can't go on.
 */
export class Sender {
  readonly #name: string;
  /** What goes on for all senders is no part of the request that happened to be the first. */
  readonly #own = new AsyncResource('patron.KafkaProducer');
  readonly #settings: ClientSettings;
  readonly #timeoutMs: number;
  /** What is not settled, the oldest first. */
  readonly #pending = new PendingList();
  /** What librdkafka does not have yet: there is no connection, or its queue is full. In their order. */
  #waiting: Pending[] = [];
  #client: ProducerClient<Pending> | undefined;
  #isConnecting = false;
  #isClosed = false;
  /** While something is pending. */
  #timer: NodeJS.Timeout | undefined;
  /** While there is a client. */
  #listening: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #lastProblem: string | undefined;
  #tellIdle: () => void = () => undefined;

  constructor(name: string, settings: ClientSettings, timeoutMs: number) {
    this.#name = name;
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get pending(): number {
    return this.#pending.size;
  }

  add(pending: Pending): void {
    this.#pending.add(pending);
    this.#timer ??= this.#own.runInAsyncScope(() => setInterval(() => this.#poll(), POLL_MS));
    if (this.#client === undefined || this.#waiting.length > 0 || !this.#produce(this.#client, pending)) this.#waiting.push(pending);
    if (this.#client === undefined && !this.#isConnecting) void this.#own.runInAsyncScope(() => this.#connect());
  }

  /** Whoever gave it has lost interest. */
  abandon(pending: Pending, reason: unknown): void {
    pending.reject(reason);
    this.#forget(pending);
  }

  /** Takes no more, waits for what is under way, each within its own time, and closes the connection. */
  async close(deadline: AbortSignal | undefined): Promise<void> {
    this.#isClosed = true;
    const idle = new Promise<void>((resolve) => {
      this.#tellIdle = resolve;
      if (this.#pending.size === 0) resolve();
    });
    if (this.#pending.size > 0) {
      void this.#client?.flush(this.#timeoutMs); // nothing more comes that would be worth lingering for
      await isWithin(idle, this.#timeoutMs + 1000, deadline);
    }
    for (const pending of [...this.#pending])
      this.#fail(pending, 'PATRON_KAFKA_PRODUCER_CLOSED', 'the producer was closed before the broker had answered');
    await this.#letGo();
  }

  async #connect(): Promise<void> {
    this.#isConnecting = true;
    while (this.#client === undefined && this.#pending.size > 0) {
      const client = this.#createClient();
      try {
        await client.connect(Math.min(CONNECT_MS, this.#timeoutMs));
        this.#client = client;
        this.#listening = setInterval(() => this.#client?.poll(), LISTEN_MS);
        this.#listening.unref();
      } catch (error) {
        this.#lastProblem ??= (error as Error).message;
        log.warn('no broker answers, to be tried again', { producer: this.#name, problem: this.#lastProblem });
        await sleep(RETRY_MS);
      }
    }
    this.#isConnecting = false;
    this.#drain();
  }

  #createClient(): ProducerClient<Pending> {
    const client: ProducerClient<Pending> = new ProducerClient<Pending>(this.#settings, {
      onReport: (error, pending, partition, offset) => this.#report(error, pending, partition, offset),
      onError: (error) => {
        this.#lastProblem ??= error.message;
        if (/fatal error/i.test(error.message)) this.#renew(client, error);
      },
      onLog: (facility, severity, message) => {
        log.debug('librdkafka', { producer: this.#name, facility, severity, text: message });
        if (facility === 'FAIL') this.#lastProblem = message;
      },
      onStatistics: (json) => this.#onStatistics(client, json),
    });
    return client;
  }

  /** @returns false: there is no room for it now */
  #produce(client: ProducerClient<Pending>, pending: Pending): boolean {
    const { record } = pending;
    if (record === undefined || pending.isSettled) return true;
    try {
      client.produce(record, pending);
      pending.record = undefined;
      return true;
    } catch (thrown) {
      const error = thrown as LibraryError;
      if (error.code === CODES.queueFull) return false;
      if (error.code === CODES.fatal || error.code === CODES.state) {
        this.#renew(client, error);
        return false;
      }
      this.#fail(pending, 'PATRON_KAFKA_SEND_FAILED', error.message, error);
      return true;
    }
  }

  #drain(): void {
    let count = 0;
    while (this.#client !== undefined && count < this.#waiting.length && this.#produce(this.#client, this.#waiting[count] as Pending))
      count++;
    if (count > 0) this.#waiting = this.#waiting.slice(count);
  }

  #report(error: LibraryError | null, pending: Pending, partition: number, offset: number): void {
    if (error === null) {
      pending.resolve({ partition, offset });
      this.#forget(pending);
    } else if (/timed out/.test(error.message)) this.#fail(pending, 'PATRON_KAFKA_SEND_TIMEOUT', this.#late(), error);
    else this.#fail(pending, 'PATRON_KAFKA_SEND_FAILED', error.message, error);
  }

  #poll(): void {
    this.#client?.poll();
    if (this.#waiting.length > 0) this.#drain();
    const now = performance.now();
    if (now - this.#lookedAt >= LOOK_EVERY_MS) this.#look(now);
  }

  /** What has waited for long enough is settled, whatever librdkafka makes of it. */
  #look(now: number): void {
    this.#lookedAt = now;
    for (const pending of this.#pending) {
      if (now - pending.at < this.#timeoutMs) break;
      this.#fail(pending, 'PATRON_KAFKA_SEND_TIMEOUT', this.#late());
    }
    if (this.#waiting[0]?.isSettled === true) this.#waiting = this.#waiting.filter(({ isSettled }) => !isSettled);
  }

  #late(): string {
    const why = this.#lastProblem === undefined ? '' : `: ${this.#lastProblem}`;
    return `no acknowledgement within ${this.#timeoutMs} ms${why}`;
  }

  #fail(pending: Pending, code: KafkaSendError['code'], problem: string, cause?: LibraryError): void {
    pending.reject(new KafkaSendError(code, pending.topic, problem, cause && { cause }));
    this.#forget(pending);
  }

  #forget(pending: Pending): void {
    if (!this.#pending.delete(pending) || this.#pending.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#lastProblem = undefined;
    this.#tellIdle();
  }

  #onStatistics(client: ProducerClient<Pending>, json: string): void {
    if (knowsBrokers(JSON.parse(json) as Statistics)) return;
    this.#renew(client, new KafkaError('PATRON_KAFKA_STALLED', FORGOTTEN));
  }

  /** A client that can't go on: what it still has is reported, or times out; what comes now gets another one. */
  #renew(client: ProducerClient<Pending>, error: Error): void {
    if (this.#client !== client) return;
    log.warn('producer broke, to be opened again', { producer: this.#name, error });
    void this.#letGo();
    if (this.#pending.size > 0 && !this.#isConnecting) void this.#connect();
  }

  async #letGo(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    clearInterval(this.#listening);
    if (client !== undefined && !(await isWithin(client.disconnect(), DISCONNECT_MS)))
      log.warn('producer did not close in order', { producer: this.#name });
  }
}
