import { ObjectCarrier } from '@patron/trace';
import type { Delivery, Settlement } from '../async/delivery.ts';
import type { DeadLetter } from '../async/dead-letter.ts';
import type { Intake, Transport } from '../async/transport.ts';
import { MemoryMessage } from './memory-message.ts';

/** What is published: a value as JSON, or the bytes themselves. */
export interface Published {
  value?: unknown;
  /** Instead of `value`; null for a tombstone. */
  body?: Buffer | string | null;
  /** Messages of one key keep their order. @default no order to keep */
  key?: string;
  headers?: Record<string, string>;
}

/** A message at rest. */
export interface Stored {
  readonly id: string;
  readonly key: string | undefined;
  readonly body: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly publishedAt: Date;
  /** How often it was given to a consumer. */
  deliveries: number;
}

/** A reader: it asks for what it may have next. */
interface Reader {
  isOpen: boolean;
  wake: () => void;
}

interface Queue {
  /** In the order in which they are given; what comes back goes to the front. */
  waiting: Stored[];
  unsettled: Map<string, Stored>;
  acked: Stored[];
  count: number;
}

/**
 * A broker in memory, for tests: queues that give each message to one consumer until it is acknowledged, in order per key, and
 * give again what is released or left behind by a consumer that goes.
 *
 * @example
 * ```ts
 * import { MemoryBroker } from '@patron/core/testing';
 *
 * const broker = new MemoryBroker();
 * broker.publish('orders', { value: { id: 4711 }, key: 'customer-7' });
 * console.log(broker.waiting('orders').length); // 1
 * ```
 */
export class MemoryBroker {
  readonly #queues = new Map<string, Queue>();
  readonly #readers = new Set<Reader>();
  #failures = 0;

  publish(queue: string, { value, body, key, headers = {} }: Published): void {
    const to = this.#queue(queue);
    const bytes = body === undefined ? Buffer.from(JSON.stringify(value ?? null)) : typeof body === 'string' ? Buffer.from(body) : body;
    to.waiting.push({ id: `${queue}/${to.count++}`, key, body: bytes, headers, publishedAt: new Date(), deliveries: 0 });
    this.#wake();
  }

  /** What no consumer has at the moment. */
  waiting(queue: string): readonly Stored[] {
    return this.#queue(queue).waiting;
  }

  /** What consumers have, and have not settled. */
  unsettled(queue: string): readonly Stored[] {
    return [...this.#queue(queue).unsettled.values()];
  }

  /** What was acknowledged, in that order. */
  acked(queue: string): readonly Stored[] {
    return this.#queue(queue).acked;
  }

  /** Lets so many publications of dead letters fail from now on. */
  failDeadLetters(count: number): void {
    this.#failures = count;
  }

  /** A transport for an {@link AsyncConsumer} that reads these queues. */
  transport(queues: readonly string[], prefetch?: number): Transport<MemoryMessage> {
    return {
      system: 'memory',
      ...(prefetch !== undefined && { prefetch }),
      open: async (_control, signal) => this.#open(queues, signal),
      publishDeadLetter: async (delivery, letter) => this.#deadLetter(delivery, letter),
    };
  }

  #open(queues: readonly string[], signal: AbortSignal): Intake<MemoryMessage> {
    const reader: Reader = { isOpen: true, wake: () => undefined };
    const mine = new Map<string, () => void>();
    this.#readers.add(reader);
    const wake = (): void => reader.wake();
    signal.addEventListener('abort', wake);
    const next = (): Delivery<MemoryMessage>[] =>
      queues.flatMap((name) => {
        const stored = this.#queue(name).waiting.shift();
        return stored === undefined ? [] : [this.#deliver(name, stored, mine)];
      });
    return {
      deliveries: (async function* () {
        while (!signal.aborted) {
          const found = next();
          if (found.length > 0) yield found;
          else await new Promise<void>((resolve) => (reader.wake = resolve));
        }
      })(),
      ready: () => true,
      close: async () => {
        signal.removeEventListener('abort', wake);
        this.#readers.delete(reader);
        for (const giveBack of mine.values()) giveBack();
      },
    };
  }

  #deliver(name: string, stored: Stored, mine: Map<string, () => void>): Delivery<MemoryMessage> {
    const queue = this.#queue(name);
    stored.deliveries++;
    queue.unsettled.set(stored.id, stored);
    const giveBack = (): void => {
      queue.unsettled.delete(stored.id);
      queue.waiting.push(stored);
      queue.waiting.sort((a, b) => numberOf(a) - numberOf(b));
      this.#wake();
    };
    mine.set(stored.id, giveBack);
    const carrier = new ObjectCarrier({ ...stored.headers });
    return {
      lane: stored.key === undefined ? undefined : `${name}/${stored.key}`,
      source: name,
      id: stored.id,
      carrier,
      body: stored.body,
      contentType: carrier.get('content-type'),
      message: (value, attempt) => new MemoryMessage(name, stored, value, attempt),
      settle: (how: Settlement) => {
        if (!mine.delete(stored.id)) return; // its consumer has gone: given back already
        if (how !== 'ack') giveBack();
        else {
          queue.unsettled.delete(stored.id);
          queue.acked.push(stored);
        }
      },
    };
  }

  #deadLetter({ body, carrier, source }: Delivery<MemoryMessage>, { destination, headers }: DeadLetter): void {
    if (this.#failures > 0) {
      this.#failures--;
      throw new Error(`the broker does not take it now (from ${source})`);
    }
    const original = Object.fromEntries([...(carrier.keys?.() ?? [])].map((name) => [name, carrier.get(name.toLowerCase()) ?? '']));
    this.publish(destination, { body, headers: { ...original, ...headers } });
  }

  #queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = { waiting: [], unsettled: new Map(), acked: [], count: 0 };
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #wake(): void {
    for (const reader of this.#readers) reader.wake();
  }
}

function numberOf({ id }: Stored): number {
  return Number(id.slice(id.lastIndexOf('/') + 1));
}
