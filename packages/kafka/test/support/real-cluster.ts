import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { type KafkaCluster, type KafkaOptions, startKafka } from '../../../../tools/services/kafka.mjs';
import { findKafka, kafkaProblem } from '../../../../tools/services/kafka-libraries.mjs';
import { endAll } from '../../../core/test/support/service-process.ts';
import { ConsumerGroup, type MemberOptions } from './consumer-group.ts';
import { GroupObserver } from './group-observer.ts';
import { RawKafka } from './raw-kafka.ts';

const problem = kafkaProblem();
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (problem !== undefined && !isRequired) console.warn(`left out: ${problem}`);
const describeWhereKafkaIs = problem === undefined || isRequired ? describe : describe.skip;

const START_MS = 240_000;

/** A topic, and who reads it. */
export interface Place {
  readonly topic: string;
  readonly group: ConsumerGroup;
  readonly observer: GroupObserver;
}

/** What suites on a cluster of their own work with. */
export class Stage {
  kafka!: KafkaCluster;
  /** Where the ledgers are. */
  folder!: string;
  readonly #observers: GroupObserver[] = [];
  readonly #groups: ConsumerGroup[] = [];

  async place(partitions: number, options: MemberOptions): Promise<Place> {
    const topic = RawKafka.name('promise');
    await this.kafka.createTopic(topic, partitions);
    return { topic, ...(await this.group(topic, partitions, options)) };
  }

  /** Another group on a topic. */
  async group(topic: string, partitions: number, options: MemberOptions): Promise<Omit<Place, 'topic'>> {
    const name = RawKafka.name('group');
    const group = new ConsumerGroup(this.folder, { ...options, brokers: this.kafka.brokers, group: name, topics: topic });
    const observer = await GroupObserver.connect(this.kafka.brokers, { group: name, topic, partitions });
    this.#observers.push(observer);
    this.#groups.push(group);
    return { group, observer };
  }

  async open(options: KafkaOptions): Promise<void> {
    await findKafka();
    this.kafka = await startKafka(options);
    this.folder = mkdtempSync(join(tmpdir(), 'patron-ledgers-'));
  }

  async close(): Promise<void> {
    await endAll();
    await Promise.all(this.#observers.map((observer) => observer.close()));
    await this.kafka?.stop();
    if (this.folder !== undefined) this.#clear();
  }

  /** With PATRON_KEEP_LEDGERS=1 they stay, beside what the members have logged. */
  #clear(): void {
    if (process.env['PATRON_KEEP_LEDGERS'] !== '1') return rmSync(this.folder, { recursive: true });
    for (const group of this.#groups) group.writeLogs();
    process.stdout.write(`ledgers and logs are in ${this.folder}\n`);
  }
}

/** Tests on a Kafka of their own, which they may kill. */
export function describeOnKafka(title: string, options: KafkaOptions | (() => Promise<KafkaOptions>), tests: (stage: Stage) => void): void {
  describeWhereKafkaIs(title, () => {
    const stage = new Stage();
    beforeAll(async () => stage.open(typeof options === 'function' ? await options() : options), START_MS);
    afterAll(() => stage.close(), START_MS);
    tests(stage);
  });
}
