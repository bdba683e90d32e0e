import type { TopicPartition } from './client.ts';
import { Partition, type PartitionEvents } from './partition.ts';
import type { KafkaConfig } from './options.ts';

/** The partitions that are assigned at the moment. */
export class Partitions {
  readonly #config: Pick<KafkaConfig, 'ordering' | 'maxBuffered'>;
  readonly #events: PartitionEvents;
  readonly #byTopic = new Map<string, Map<number, Partition>>();
  #last: Partition | undefined;

  constructor(config: Pick<KafkaConfig, 'ordering' | 'maxBuffered'>, events: PartitionEvents) {
    this.#config = config;
    this.#events = events;
  }

  *[Symbol.iterator](): Generator<Partition> {
    for (const partitions of this.#byTopic.values()) yield* partitions.values();
  }

  get size(): number {
    let size = 0;
    for (const partitions of this.#byTopic.values()) size += partitions.size;
    return size;
  }

  /** The partition of a record; records come in runs of one. */
  get(topic: string, number: number): Partition | undefined {
    const last = this.#last;
    if (last !== undefined && last.number === number && last.topic === topic) return last;
    const found = this.#byTopic.get(topic)?.get(number);
    this.#last = found;
    return found;
  }

  add({ topic, partition }: TopicPartition): void {
    let partitions = this.#byTopic.get(topic);
    if (partitions === undefined) {
      partitions = new Map();
      this.#byTopic.set(topic, partitions);
    }
    partitions.set(partition, new Partition(topic, partition, this.#config, this.#events));
  }

  /** From now on nothing of it is committed. */
  remove(gone: Partition): void {
    gone.state = 'gone';
    const partitions = this.#byTopic.get(gone.topic);
    if (partitions?.get(gone.number) === gone) partitions.delete(gone.number);
    if (this.#last === gone) this.#last = undefined;
  }
}

/** As node-rdkafka names them. */
export function named(partitions: readonly Partition[]): TopicPartition[] {
  return partitions.map(({ topic, number }) => ({ topic, partition: number }));
}
