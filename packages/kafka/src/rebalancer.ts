import type { Control } from '@patron/core/async';
import { log } from '@patron/log';
import { CODES, type TopicPartition } from './client.ts';
import type { ConsumerClient } from './consumer-client.ts';
import type { Committer } from './committer.ts';
import type { KafkaConfig } from './options.ts';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';
import { startOffsets } from './start-offsets.ts';

/** How long handlers get from the abort of their signal until their partition goes without them. */
const GRACE_MS = 500;
/** How long the answer to the last commit of a partition may take. */
const COMMIT_MS = 5000;

/** What the rebalancer asks of its consumer. */
export interface RebalancerEvents {
  /** Resolves once the call of consume() that is under way is back: it may hold records of partitions that are about to go. */
  turn(): Promise<void>;
  /** It can't go on. */
  onBroken(error: unknown): void;
}

/**
 * Takes partitions and gives them back, one step after the other: librdkafka waits for the answer to each. What is taken away
 * is drained, committed, and only then given back; meanwhile librdkafka delivers nothing, and polling goes on.
 */
export class Rebalancer {
  readonly #client: ConsumerClient;
  readonly #control: Control;
  readonly #partitions: Partitions;
  readonly #committer: Committer;
  readonly #config: KafkaConfig;
  readonly #events: RebalancerEvents;
  #steps: Promise<void> = Promise.resolve();
  #isClosing = false;
  /** Whether this member has been told what it has, be that nothing. */
  isMember = false;
  rebalances = 0;

  constructor(
    client: ConsumerClient,
    control: Control,
    partitions: Partitions,
    committer: Committer,
    config: KafkaConfig,
    events: RebalancerEvents,
  ) {
    this.#client = client;
    this.#control = control;
    this.#partitions = partitions;
    this.#committer = committer;
    this.#config = config;
    this.#events = events;
  }

  /** librdkafka asks. */
  on(code: number, partitions: readonly TopicPartition[]): void {
    this.rebalances++;
    this.#steps = this.#steps.then(() => this.#step(code, partitions)).catch((error: unknown) => this.#failed(error));
  }

  /** The assignment is no longer ours, and somebody else may be at work on it: everything of it is dropped at once. */
  loseAll(why: string): void {
    const lost = [...this.#partitions];
    if (lost.length === 0) return;
    log.warn('partitions lost', { component: this.#config.consumer.name, partitions: lost.length, why });
    for (const partition of lost) this.#lose(partition);
  }

  /** From now on everything is answered by giving it back. Resolves when no step is under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#steps;
  }

  async #step(code: number, partitions: readonly TopicPartition[]): Promise<void> {
    if (code !== CODES.assignPartitions) await this.#revoke(partitions);
    else if (this.#isClosing) this.#decline();
    else await this.#assign(partitions);
  }

  /** Takes nothing more. In a cooperative group only an incremental answer counts, and without one the whole group waits. */
  #decline(): void {
    if (this.#client.isCooperative) this.#client.assign([], true);
    else this.#client.unassign([], false);
  }

  async #assign(partitions: readonly TopicPartition[]): Promise<void> {
    const isCooperative = this.#client.isCooperative;
    const offsets = await startOffsets(this.#client, partitions, this.#config.startFrom);
    // A partition that is assigned without having been taken away is assigned anew.
    for (const { topic, partition } of partitions) {
      const left = this.#partitions.get(topic, partition);
      if (left !== undefined) this.#lose(left);
    }
    for (const partition of partitions) this.#partitions.add(partition);
    this.#client.assign(offsets, isCooperative);
    this.#client.resume(partitions); // librdkafka remembers a pause of the time before
    this.isMember = true;
    this.#tell('partitions assigned', partitions);
  }

  async #revoke(named: readonly TopicPartition[]): Promise<void> {
    const isCooperative = this.#client.isCooperative;
    const going = isCooperative ? this.#of(named) : [...this.#partitions];
    for (const partition of going) partition.state = 'revoking';
    await Promise.all([this.#drain(going), this.#events.turn()]);
    for (const partition of going) this.#partitions.remove(partition);
    this.#client.unassign(named, isCooperative);
    if (going.length > 0) this.#tell('partitions given back', named);
  }

  async #drain(going: readonly Partition[]): Promise<void> {
    // A first commit, to learn whether they are ours at all: then what has begun may end, else it is in vain.
    if (await this.#committer.flush(going, COMMIT_MS)) {
      for (const partition of going) this.#lose(partition);
      return;
    }
    const limits = { drainMs: this.#config.revokeTimeoutMs, graceMs: GRACE_MS };
    await Promise.all(going.map((partition) => this.#control.revoke(partition, limits)));
    await this.#committer.flush(going, COMMIT_MS);
  }

  #lose(partition: Partition): void {
    this.#partitions.remove(partition);
    this.#control.lose(partition);
  }

  #of(named: readonly TopicPartition[]): Partition[] {
    return named.map(({ topic, partition }) => this.#partitions.get(topic, partition)).filter((one) => one !== undefined);
  }

  /** While the client closes there is nothing left to be done about it. */
  #failed(error: unknown): void {
    if (!this.#isClosing) this.#events.onBroken(error);
  }

  #tell(what: string, partitions: readonly TopicPartition[]): void {
    const shown = partitions.slice(0, 20).map(({ topic, partition }) => `${topic}/${partition}`);
    log.info(what, { component: this.#config.consumer.name, partitions: partitions.length, which: shown.join(' ') });
  }
}
