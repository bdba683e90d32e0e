import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupObserver } from './group-observer.ts';
import type { Ledgers } from './ledger.ts';

const LOOK_EVERY_MS = 50;

export interface Commits {
  readonly looks: number;
  /** Offsets of the group that were lower than before. */
  readonly wentBack: readonly string[];
  /** Offsets below which something had not been handled. */
  readonly tooHigh: readonly string[];
}

/** Compares, again and again, what a group has committed with what its members' ledgers say by then. */
export class CommitWatch {
  readonly #observer: GroupObserver;
  readonly #ledgers: Ledgers;
  readonly #handled = new Map<number, Handled>();
  readonly #wentBack: string[] = [];
  readonly #tooHigh: string[] = [];
  readonly #last: number[] = [];
  #seen = 0;
  #looks = 0;
  #isOver = false;
  #loop: Promise<void> = Promise.resolve();

  private constructor(observer: GroupObserver, ledgers: Ledgers) {
    this.#observer = observer;
    this.#ledgers = ledgers;
  }

  static start(observer: GroupObserver, ledgers: Ledgers): CommitWatch {
    const watch = new CommitWatch(observer, ledgers);
    watch.#loop = watch.#run();
    return watch;
  }

  async stop(): Promise<Commits> {
    this.#isOver = true;
    await this.#loop;
    return { looks: this.#looks, wentBack: this.#wentBack, tooHigh: this.#tooHigh };
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      // In this order: a line is written before its offset may be committed, so what was committed has its lines by now.
      const committed = await this.#observer.committed();
      this.#readLedgers();
      this.#looks++;
      committed.forEach((offset, partition) => {
        const before = this.#last[partition] ?? 0;
        if (offset < before) this.#wentBack.push(`${partition}: from ${before} to ${offset}`);
        const unhandled = this.#handled.get(partition)?.next ?? 0;
        if (offset > unhandled) this.#tooHigh.push(`${partition}: ${offset} committed, ${unhandled} not handled`);
        this.#last[partition] = offset;
      });
      await sleep(LOOK_EVERY_MS);
    }
  }

  #readLedgers(): void {
    this.#ledgers.look();
    for (; this.#seen < this.#ledgers.entries.length; this.#seen++) {
      const { partition, offset } = this.#ledgers.entries[this.#seen]!;
      const handled = this.#handled.get(partition) ?? new Handled();
      this.#handled.set(partition, handled);
      handled.add(offset);
    }
  }
}

/** The offsets of a partition that were handled, in whatever order. */
class Handled {
  /** The lowest that was not. */
  next = 0;
  readonly #beyond = new Set<number>();

  add(offset: number): void {
    if (offset >= this.next) this.#beyond.add(offset);
    while (this.#beyond.delete(this.next)) this.next++;
  }
}
