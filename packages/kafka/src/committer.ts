import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@patron/log';
import { CODES, type TopicPartitionOffset } from './client.ts';
import type { ConsumerClient } from './consumer-client.ts';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';

/** Answers that mean: these partitions are no longer this member's, and whoever has them reads those records again. */
const NOT_OURS: readonly number[] = [CODES.illegalGeneration, CODES.unknownMember, CODES.fencedInstance, CODES.state];

/** From an answer that says `not now` to the next commit. */
const AGAIN_MS = 50;

/** The answer to a commit did not come in time. */
const UNANSWERED = CODES.timedOut;
/** librdkafka answers each commit, be it that it could not be sent; one for which it did not is not waited for for ever. */
const FORGOTTEN_MS = 60_000;

/**
 * Commits what is settled, never waiting on the event loop for it: a commit without a coordinator would stop everything for
 * seconds. A commit counts once its answer has come; until then its partition has no other one under way.
 */
export class Committer {
  readonly #client: Pick<ConsumerClient, 'commit'>;
  readonly #partitions: Partitions;
  readonly #component: string;
  /** Who waits for answers: a stop and a rebalance may do so for the same one. */
  readonly #waiting = new Map<Partition, Set<(code: number) => void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Pick<ConsumerClient, 'commit'>, partitions: Partitions, component: string) {
    this.#client = client;
    this.#partitions = partitions;
    this.#component = component;
  }

  start(everyMs: number): void {
    this.#timer = setInterval(() => this.#send([...this.#partitions]), everyMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Commits what may be committed of these, and waits for the answers. One that only says that the group is about to share its
   * partitions anew is no answer: nobody asks again after this, and what is not committed now is done twice.
   * @returns whether they turned out to be no longer ours
   */
  flush(partitions: readonly Partition[], withinMs: number): Promise<boolean> {
    return this.#until(partitions, withinMs, [CODES.rebalanceInProgress]);
  }

  /**
   * The same at a stop, whose commit may wait behind a request to join: the generation that it names is over by then, and this
   * member has its partitions in the next one, too. Where it has not, it is told to give them back, and they are none of these.
   */
  async last(partitions: readonly Partition[], withinMs: number): Promise<void> {
    await this.#until(partitions, withinMs, [CODES.rebalanceInProgress, CODES.illegalGeneration]);
  }

  async #until(partitions: readonly Partition[], withinMs: number, again: readonly number[]): Promise<boolean> {
    const end = performance.now() + withinMs;
    // What was under way met the rebalance, maybe: its answer says nothing about now.
    await this.#answers(partitions, end);
    for (;;) {
      const codes = await this.#answers(this.#send(partitions), end);
      if (codes.some((code) => NOT_OURS.includes(code) && !again.includes(code))) return true;
      if (!codes.some((code) => again.includes(code)) || performance.now() + AGAIN_MS > end) return false;
      await sleep(AGAIN_MS);
    }
  }

  /** The broker has answered, or librdkafka in its place. */
  answered(code: number, offsets: readonly TopicPartitionOffset[]): void {
    if (code !== 0) {
      const isExpected = NOT_OURS.includes(code) || code === CODES.rebalanceInProgress;
      const fields = { component: this.#component, code, partitions: offsets.length };
      if (isExpected) log.debug('offsets not committed, as partitions move', fields);
      else log.warn('offsets not committed, to be tried again', fields);
    }
    for (const { topic, partition: number, offset } of offsets) {
      const partition = this.#asked(topic, number, offset);
      if (partition === undefined) continue;
      if (code === 0 && offset > partition.committed) partition.committed = offset;
      partition.committing = undefined;
      const waiting = this.#waiting.get(partition) ?? [];
      this.#waiting.delete(partition);
      for (const settle of waiting) settle(code);
    }
  }

  /** @returns those whose commit went out */
  #send(partitions: readonly Partition[]): readonly Partition[] {
    const offsets: TopicPartitionOffset[] = [];
    const asked: Partition[] = [];
    const now = performance.now();
    for (const partition of partitions) {
      const isUnderWay = partition.committing !== undefined && now - partition.committingSince < FORGOTTEN_MS;
      const offset = isUnderWay ? undefined : partition.toCommit;
      if (offset === undefined) continue;
      partition.committing = offset.offset;
      partition.committingSince = now;
      offsets.push(offset);
      asked.push(partition);
    }
    if (offsets.length === 0) return asked;
    try {
      this.#client.commit(offsets);
    } catch (error) {
      for (const partition of asked) partition.committing = undefined;
      log.debug('offsets not committed, as the client takes none now', { component: this.#component, error });
      return [];
    }
    return asked;
  }

  /** Whose commit this answers. One that is gone may still be waited for. */
  #asked(topic: string, number: number, offset: number): Partition | undefined {
    const current = this.#partitions.get(topic, number);
    if (current?.committing === offset) return current;
    for (const partition of this.#waiting.keys())
      if (partition.topic === topic && partition.number === number && partition.committing === offset) return partition;
    return undefined;
  }

  #answers(partitions: readonly Partition[], end: number): Promise<number[]> {
    const asked = partitions.filter(({ committing }) => committing !== undefined);
    return Promise.all(asked.map((partition) => this.#answer(partition, end - performance.now())));
  }

  #answer(partition: Partition, ms: number): Promise<number> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(partition) ?? new Set();
      this.#waiting.set(partition, waiting);
      const settle = (code: number): void => {
        clearTimeout(timer);
        waiting.delete(settle);
        if (waiting.size === 0 && this.#waiting.get(partition) === waiting) this.#waiting.delete(partition);
        resolve(code);
      };
      const timer = setTimeout(settle, Math.max(0, ms), UNANSWERED);
      waiting.add(settle);
    });
  }
}
