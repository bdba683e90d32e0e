import { Running } from '@patron/core/testing';
import { KafkaComponent, type KafkaMessage, type KafkaOptions } from '@patron/kafka';

/** What was handled, by whom. */
export interface Handled {
  readonly by: string;
  readonly id: string;
  readonly key: string;
  readonly value: unknown;
}

/** Members of one group that write down what they have handled. */
export class Members {
  readonly #options: Omit<KafkaOptions, 'name' | 'handle'>;
  readonly #work: (message: KafkaMessage, by: string) => unknown;
  readonly handled: Handled[] = [];
  readonly #running = new Map<string, { running: Running; component: KafkaComponent }>();

  constructor(options: Omit<KafkaOptions, 'name' | 'handle'>, work: (message: KafkaMessage, by: string) => unknown = () => undefined) {
    this.#options = options;
    this.#work = work;
  }

  start(name: string, options: Partial<KafkaOptions> = {}): Running {
    const component = new KafkaComponent({
      ...this.#options,
      ...options,
      name,
      handle: async (message) => {
        await this.#work(message, name);
        this.handled.push({ by: name, id: message.id, key: message.key?.toString() ?? '', value: message.value });
      },
    });
    const running = new Running(component);
    this.#running.set(name, { running, component });
    return running;
  }

  of(name: string): KafkaComponent {
    return this.#running.get(name)!.component;
  }

  async stop(name: string, deadlineMs?: number): Promise<void> {
    const one = this.#running.get(name);
    this.#running.delete(name);
    await one?.running.stop(deadlineMs);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.stop(name)));
  }

  /** How often each record was handled. */
  get counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { id } of this.handled) counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  }

  get repeated(): string[] {
    return [...this.counts].filter(([, count]) => count > 1).map(([id]) => id);
  }

  /** How many partitions a member has. */
  partitionsOf(name: string): number {
    return Object.keys((this.of(name).info()['partitions'] ?? {}) as object).length;
  }
}
