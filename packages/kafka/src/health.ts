import type { Readiness } from '@patron/core';
import type { ConsumerClient, TopicDescription } from './consumer-client.ts';
import { KafkaError } from './errors.ts';
import type { Partitions } from './partitions.ts';
import type { Rebalancer } from './rebalancer.ts';
import { type BrokerWatch, FORGOTTEN } from './statistics.ts';

/** A broker answers a fetch within half a second, be it with nothing, and a heartbeat within a second or three. */
const SILENT_MS = 10_000;
/** From then on, a broker that the cluster knows and that is silent for us alone is our client's fault. */
const STALLED_MS = 60_000;
const LOOK_EVERY_MS = 5000;
const PROBE_MS = 4000;

/** What keeps a consumer from its records, and for how long. */
interface Trouble {
  readonly what: string;
  readonly ms: number;
  /** Undefined for the group's coordinator. */
  readonly partition?: { readonly topic: string; readonly number: number };
}

/** A client that is opened for a question alone, where nobody answers the one that is looked at. */
export interface OtherClient {
  /** Some topic of the consumer. */
  readonly topic: string;
  /** Whether a broker answers it, and knows of brokers. Never rejects. */
  isAnswered(timeoutMs: number): Promise<boolean>;
}

/** Whether a consumer makes progress: whether it has its place in the group, and hears of its brokers. */
export class Health {
  readonly #client: Pick<ConsumerClient, 'describe'>;
  readonly #partitions: Partitions;
  readonly #rebalancer: Pick<Rebalancer, 'isMember'>;
  readonly #brokers: BrokerWatch;
  readonly #other: OtherClient;
  readonly #onStalled: (error: KafkaError) => void;
  #isLooking = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #suspicions = 0;
  /** What librdkafka last complained of. */
  lastProblem: string | undefined;

  constructor(
    client: Pick<ConsumerClient, 'describe'>,
    partitions: Partitions,
    rebalancer: Pick<Rebalancer, 'isMember'>,
    brokers: BrokerWatch,
    other: OtherClient,
    onStalled: (error: KafkaError) => void,
  ) {
    this.#client = client;
    this.#partitions = partitions;
    this.#rebalancer = rebalancer;
    this.#brokers = brokers;
    this.#other = other;
    this.#onStalled = onStalled;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  onProblem(message: string): void {
    this.lastProblem = message;
  }

  /** After each of librdkafka's statistics: what those say for certain needs no second look. */
  onStatistics(): void {
    if (this.#isStopped || this.#brokers.knowsBrokers) return;
    this.stop();
    this.#onStalled(new KafkaError('PATRON_KAFKA_STALLED', FORGOTTEN));
  }

  ready(): Readiness {
    const because = this.lastProblem === undefined ? '' : ` (${this.lastProblem})`;
    if (!this.#rebalancer.isMember && !this.#brokers.isSteady)
      return { ready: false, reason: `waits for its place in the group${because}` };
    const trouble = this.#silent(SILENT_MS) ?? this.#leaderless(SILENT_MS);
    if (trouble !== undefined) return { ready: false, reason: `${trouble.what} for ${Math.round(trouble.ms / 1000)} s${because}` };
    this.lastProblem = undefined;
    return true;
  }

  #silent(longerThan: number): Trouble | undefined {
    const now = performance.now();
    const ofGroup = this.#brokers.coordinatorSilence(now);
    if (ofGroup !== undefined && ofGroup > longerThan) return { what: 'the coordinator of its group has not answered', ms: ofGroup };
    for (const { topic, number, isPaused } of this.#partitions) {
      const leader = isPaused ? undefined : this.#brokers.leaderOf(topic, number);
      const ms = leader === undefined ? undefined : this.#brokers.silence(leader, now);
      if (ms !== undefined && ms > longerThan)
        return { what: `broker ${leader}, which has ${topic}/${number}, has not answered`, ms, partition: { topic, number } };
    }
    return undefined;
  }

  #leaderless(longerThan: number): Trouble | undefined {
    const now = performance.now();
    for (const { topic, number, isPaused } of this.#partitions) {
      const ms = isPaused ? undefined : this.#brokers.leaderlessFor(topic, number, now);
      if (ms !== undefined && ms > longerThan)
        return { what: `its client has known no leader of ${topic}/${number}`, ms, partition: { topic, number } };
    }
    return undefined;
  }

  /**
   * After all brokers were down a client may not find back to one of them, or may know no leader though it has been told of one. Two
   * looks in a row, so that what has just come back has the time to answer; and only where a new client would fare better.
   */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const trouble = this.#silent(SILENT_MS) ?? this.#leaderless(SILENT_MS);
    const isOurs = trouble !== undefined && (await this.#isOurs(trouble));
    this.#isLooking = false;
    this.#suspicions = isOurs ? this.#suspicions + 1 : 0;
    if (!isOurs || this.#suspicions < 2 || this.#isStopped) return;
    this.stop();
    const seconds = Math.round(trouble.ms / 1000);
    this.#onStalled(new KafkaError('PATRON_KAFKA_STALLED', `${trouble.what} for ${seconds} s, though the cluster is there`));
  }

  /** Whether it is this client's fault, not that of brokers. */
  async #isOurs({ ms, partition }: Trouble): Promise<boolean> {
    let found: TopicDescription;
    try {
      found = await this.#client.describe(partition?.topic ?? this.#other.topic, PROBE_MS);
    } catch {
      return this.#other.isAnswered(PROBE_MS);
    }
    if (partition === undefined) return false; // it can ask for another coordinator
    const known = this.#brokers.leaderOf(partition.topic, partition.number);
    const leader = known ?? found.leaders.get(partition.number);
    return leader !== undefined && found.brokers.includes(leader) && (known === undefined || ms > STALLED_MS);
  }
}
