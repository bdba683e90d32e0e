import { GRACE_MS, settlesBefore, settlesWithin } from '../deadline.ts';
import type { Group } from './delivery.ts';
import type { Pipeline } from './pipeline.ts';
import type { Task } from './task.ts';
import type { Control, RevokeLimits } from './transport.ts';

/** Takes away what is under way, in order: what has begun ends, what has not is left for another consumer. */
export class Drain<M> implements Control {
  readonly #pipeline: Pipeline<M>;

  constructor(pipeline: Pipeline<M>) {
    this.#pipeline = pipeline;
  }

  async revoke(group: Group, { drainMs, graceMs }: RevokeLimits): Promise<void> {
    const { left, ended, stop } = this.#end(this.#of(group));
    if (!(await settlesWithin(ended, drainMs))) {
      for (const task of left) this.#pipeline.lose(task, 'its partition was revoked');
      await settlesWithin(ended, graceMs);
    }
    stop();
  }

  lose(group: Group): void {
    for (const task of this.#of(group)) this.#pipeline.lose(task, 'its partition was lost');
  }

  /** Ends everything, until `deadline` and a moment. */
  async all(deadline: AbortSignal, why: string): Promise<void> {
    const { left, ended, stop } = this.#end([...this.#pipeline.tasks]);
    if (!(await settlesBefore(ended, deadline))) {
      for (const task of left) this.#pipeline.lose(task, why);
      await settlesWithin(ended, GRACE_MS);
    }
    stop();
  }

  /** How many tasks nobody can end: handlers that don't listen to their signal. */
  get leftBehind(): number {
    let count = 0;
    for (const task of this.#pipeline.tasks) if (task.isLost) count++;
    return count;
  }

  #of(group: Group): Task<M>[] {
    return [...this.#pipeline.tasks].filter(({ delivery }) => delivery.group === group);
  }

  /** What is parked gets its next try at once, and is left if that fails: nobody waits for a backoff here. */
  #end(tasks: readonly Task<M>[]): { left: ReadonlySet<Task<M>>; ended: Promise<void>; stop: () => void } {
    const pipeline = this.#pipeline;
    const left = new Set(tasks);
    const woken = new Set<Task<M>>();
    const wake = (task: Task<M>): void => {
      if (woken.has(task) || pipeline.isHalted) {
        pipeline.drop(task);
        return;
      }
      woken.add(task);
      task.resume?.();
    };
    let resolve = (): void => undefined;
    const ended = new Promise<void>((resolved) => (resolve = resolved));
    const watch = (task: Task<M>): void => {
      if (!left.has(task)) return;
      if (task.state === 'done') left.delete(task);
      else wake(task);
      if (left.size === 0) resolve();
    };
    pipeline.watchers.add(watch);
    for (const task of tasks) {
      if (task.state === 'waiting' && !this.#isBelowBegun(task)) pipeline.drop(task);
      else if (task.state === 'parked') wake(task);
    }
    if (left.size === 0) resolve();
    return { left, ended, stop: () => pipeline.watchers.delete(watch) };
  }

  /** What lies below work that has begun is done as well: else what lies above can't be committed, and is done twice. */
  #isBelowBegun({ delivery: { group, position } }: Task<M>): boolean {
    return !this.#pipeline.isHalted && group !== undefined && position !== undefined && position <= group.begun;
  }
}
