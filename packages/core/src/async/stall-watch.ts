import { log } from '@patron/log';
import type { ResolvedConsumer } from './options.ts';
import type { Pipeline } from './pipeline.ts';
import type { Task } from './task.ts';

/** Sees handlers that don't come back: they raise no error, and what waits behind them says nothing. */
export class StallWatch<M> {
  readonly #pipeline: Pipeline<M>;
  readonly #name: string;
  readonly #afterMs: number;
  #stalled: readonly Task<M>[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(pipeline: Pipeline<M>, { name, stallAfterMs }: ResolvedConsumer<M>) {
    this.#pipeline = pipeline;
    this.#name = name;
    this.#afterMs = stallAfterMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), Math.max(10, Math.min(10_000, this.#afterMs / 4)));
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Why the consumer makes no progress; undefined while it does: others may work while one is stuck. */
  get reason(): string | undefined {
    const stuck = this.#stalled.filter(isRunning);
    if (stuck.length === 0 || stuck.length < this.#pipeline.running) return undefined;
    const [first] = stuck as [Task<M>];
    const seconds = Math.round((performance.now() - first.startedAt) / 1000);
    const others = stuck.length === 1 ? '' : `, and ${stuck.length - 1} more handlers likewise`;
    return `its handler works on ${first.delivery.id} for ${seconds} s${others}`;
  }

  #look(): void {
    const now = performance.now();
    const stalled: Task<M>[] = [];
    for (const task of this.#pipeline.tasks) {
      if (!isRunning(task) || now - task.startedAt < this.#afterMs) continue;
      stalled.push(task);
      if (task.isStalled) continue;
      task.isStalled = true;
      log.warn('handler takes long, its lane waits', {
        component: this.#name,
        message_id: task.delivery.id,
        attempt: task.number,
        seconds: Math.round((now - task.startedAt) / 1000),
      });
    }
    this.#stalled = stalled;
  }
}

function isRunning(task: Task<unknown>): boolean {
  return task.state === 'running';
}
