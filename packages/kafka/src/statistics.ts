/** What is read of librdkafka's statistics (its STATISTICS.md). */
export interface Statistics {
  readonly brokers?: Readonly<Record<string, BrokerStatistics>>;
  readonly topics?: Readonly<Record<string, { readonly partitions?: Readonly<Record<string, PartitionStatistics>> }>>;
  readonly cgrp?: { readonly state?: string; readonly join_state?: string };
}

export interface BrokerStatistics {
  readonly name: string;
  /** -1 for those that were given by address, and for the group's coordinator, whose connection is one of its own. */
  readonly nodeid: number;
  readonly state: string;
  /** By address (`configured`), from metadata (`learned`), or one that goes by another's address, as the coordinator does (`logical`). */
  readonly source?: string;
  readonly stateage?: number;
  /** Microseconds since something came over its connection; -1 before anything has. */
  readonly rxidle: number;
}

export interface PartitionStatistics {
  /** The broker it is read from, -1 for none. */
  readonly leader?: number;
  /** The next offset behind the last record; negative while unknown. */
  readonly hi_offset?: number;
  /** The same for readers of what is committed: below open transactions. */
  readonly ls_offset?: number;
}

/**
 * Whether a client knows a broker to turn to. Metadata with none in them, of a broker that stood still and is not taken in again yet,
 * make librdkafka 2.12 forget all, those it was given as well, and for good: there is nobody it could ask for others
 * (`rd_kafka_metadata_decommission_unavailable_brokers`).
 */
export function knowsBrokers({ brokers }: Statistics): boolean {
  return brokers === undefined || Object.values(brokers).some(({ source }) => source === 'configured' || source === 'learned');
}

/** What is said where it knows none. */
export const FORGOTTEN = 'its client has forgotten all brokers: it was told of none';

const COORDINATOR = 'GroupCoordinator';

/** The last statistics, and what they say about brokers that don't answer. */
export class BrokerWatch {
  #statistics: Statistics = {};
  /** When something last came from each, by name. A frozen one takes connections, too, and each of them counts from its own beginning. */
  #heard = new Map<string, number>();
  /** Since when partitions have no leader that is known here, by topic and number. */
  #leaderless = new Map<string, number>();

  /** @param at - when they were made, on the clock of `performance.now()` */
  take(json: string, at: number): void {
    this.#statistics = JSON.parse(json) as Statistics;
    const heard = new Map<string, number>();
    for (const { name, state, rxidle, stateage = 0 } of Object.values(this.#statistics.brokers ?? {})) {
      const before = state === 'UP' ? this.#heard.get(name) : (this.#heard.get(name) ?? at - stateage / 1000);
      const last = rxidle < 0 ? before : at - rxidle / 1000;
      if (last !== undefined) heard.set(name, last);
    }
    this.#heard = heard;
    const leaderless = new Map<string, number>();
    for (const [topic, { partitions = {} }] of Object.entries(this.#statistics.topics ?? {})) {
      for (const [number, { leader = -1 }] of Object.entries(partitions)) {
        const name = `${topic}/${number}`;
        if (leader < 0) leaderless.set(name, this.#leaderless.get(name) ?? at);
      }
    }
    this.#leaderless = leaderless;
  }

  /** See {@link knowsBrokers}. */
  get knowsBrokers(): boolean {
    return knowsBrokers(this.#statistics);
  }

  /** Whether the group has taken this member in, and has given it what it is to have. */
  get isSteady(): boolean {
    return this.#statistics.cgrp?.join_state === 'steady';
  }

  /** The offset behind the last record of a partition; undefined while unknown. */
  endOf(topic: string, partition: number): number | undefined {
    const { ls_offset: stable = -1, hi_offset: high = -1 } = this.#partition(topic, partition) ?? {};
    const end = stable >= 0 ? stable : high;
    return end >= 0 ? end : undefined;
  }

  /** The broker a partition is read from; undefined where it has none. */
  leaderOf(topic: string, partition: number): number | undefined {
    const leader = this.#partition(topic, partition)?.leader ?? -1;
    return leader >= 0 ? leader : undefined;
  }

  /** For how long a partition has had no leader that is known here, in milliseconds; undefined where it has one. */
  leaderlessFor(topic: string, partition: number, now: number): number | undefined {
    const since = this.#leaderless.get(`${topic}/${partition}`);
    return since === undefined ? undefined : now - since;
  }

  /** For how long nothing has come from a broker, in milliseconds; undefined where there was no connection. */
  silence(nodeid: number, now: number): number | undefined {
    return this.#silence((broker) => broker.nodeid === nodeid, now);
  }

  /** The same for the group's coordinator: its heartbeats go on whatever is read. */
  coordinatorSilence(now: number): number | undefined {
    return this.#silence(({ name }) => name.startsWith(COORDINATOR), now);
  }

  #silence(isIt: (broker: BrokerStatistics) => boolean, now: number): number | undefined {
    let last: number | undefined;
    for (const broker of Object.values(this.#statistics.brokers ?? {})) {
      const heard = isIt(broker) ? this.#heard.get(broker.name) : undefined;
      if (heard !== undefined && (last === undefined || heard > last)) last = heard;
    }
    return last === undefined ? undefined : now - last;
  }

  #partition(topic: string, partition: number): PartitionStatistics | undefined {
    return this.#statistics.topics?.[topic]?.partitions?.[String(partition)];
  }
}
