import { ObjectCarrier } from '@patron/trace';
import type { Attempt, Control, DeadLetter, Delivery, Group, Intake, Settlement, Transport } from '../../src/async.ts';

export interface ManualMessage {
  readonly value: unknown;
  readonly id: string;
  readonly signal: AbortSignal;
  readonly attempt: number;
}

export interface Given {
  lane?: unknown;
  group?: Group;
  position?: number;
  body?: string;
  headers?: Record<string, string>;
}

/** A transport that does what a test says, step by step. */
export class ManualTransport implements Transport<ManualMessage> {
  readonly system = 'manual';
  readonly prefetch: number;
  /** What was settled, in that order. */
  readonly settled: [id: string, how: Settlement][] = [];
  readonly letters: DeadLetter[] = [];
  opens = 0;
  closes = 0;
  isReady = true;
  control: Control | undefined;
  /** What `open` does first; to fail. */
  opening: () => Promise<void> | void = () => undefined;
  /** What settling waits for. */
  settling: (id: string, how: Settlement) => Promise<void> | void = () => undefined;
  #chunks: (readonly Delivery<ManualMessage>[])[] = [];
  #broken: Error | undefined;
  #wake = (): void => undefined;
  #count = 0;

  constructor(prefetch = Number.MAX_SAFE_INTEGER) {
    this.prefetch = prefetch;
  }

  /** How many chunks nobody has asked for. */
  get unasked(): number {
    return this.#chunks.length;
  }

  async open(control: Control, signal: AbortSignal): Promise<Intake<ManualMessage>> {
    this.opens++;
    await this.opening();
    this.control = control;
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    const next = async (): Promise<readonly Delivery<ManualMessage>[] | undefined> => {
      for (;;) {
        if (this.#broken !== undefined) {
          const error = this.#broken;
          this.#broken = undefined;
          throw error;
        }
        if (signal.aborted) return undefined;
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) return chunk;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    };
    return {
      deliveries: (async function* () {
        for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk;
      })(),
      ready: () => this.isReady,
      close: async () => void this.closes++,
    };
  }

  async publishDeadLetter(_delivery: Delivery<ManualMessage>, letter: DeadLetter): Promise<void> {
    this.letters.push(letter);
  }

  /** Hands over messages in one go; their ids are numbers, from 0 on. */
  push(...given: Given[]): void {
    this.#chunks.push(given.map((one) => this.#delivery(one)));
    this.#wake();
  }

  /** The connection breaks. */
  break(error: Error): void {
    this.#broken = error;
    this.#wake();
  }

  #delivery({ lane, group, position, body = '{}', headers = {} }: Given): Delivery<ManualMessage> {
    const id = String(this.#count++);
    return {
      lane,
      group,
      ...(position !== undefined && { position }),
      source: 'manual',
      id,
      carrier: new ObjectCarrier(headers),
      body: Buffer.from(body),
      message: (value: unknown, attempt: Attempt) => ({
        value,
        id,
        attempt: attempt.number,
        get signal() {
          return attempt.signal;
        },
      }),
      settle: (how) => {
        this.settled.push([id, how]);
        return this.settling(id, how);
      },
    };
  }
}
