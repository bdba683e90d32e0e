import type { ActiveOperation } from '@patron/trace';
import { provenance } from './dead-letter.ts';
import type { ResolvedConsumer } from './options.ts';
import type { Task } from './task.ts';
import type { Transport } from './transport.ts';

/** Where messages go that can't be handled. */
export class DeadLetters<M> {
  readonly destination: string | undefined;
  readonly #transport: Transport<M>;
  readonly #consumer: string;

  constructor(transport: Transport<M>, { name, exhausted }: ResolvedConsumer<M>) {
    this.#transport = transport;
    this.#consumer = name;
    this.destination = typeof exhausted === 'object' ? exhausted.deadLetter : undefined;
  }

  /** Resolves when the broker has it. In the message's own context, so that it keeps its trace and correlation id. */
  async publish(task: Task<M>, active: ActiveOperation, error: unknown): Promise<void> {
    const { delivery, instruments, number: attempts, takenAt } = task;
    const { destination } = this;
    if (destination === undefined || this.#transport.publishDeadLetter === undefined)
      throw new Error(`a consumer of ${this.#transport.system} has no dead letters`);
    const firstAt = new Date(performance.timeOrigin + takenAt);
    const headers = provenance({ consumer: this.#consumer, source: delivery.source, id: delivery.id, attempts, firstAt, error });
    await active.run(async () => this.#transport.publishDeadLetter?.(delivery, { destination, headers }));
    instruments.deadLetters.inc();
  }
}
