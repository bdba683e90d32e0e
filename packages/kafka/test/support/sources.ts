import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findKafka } from '../../../../tools/services/kafka-libraries.mjs';
import { ServiceProcess } from '../../../core/test/support/service-process.ts';
import type { KafkaProducerOptions } from '../../src/producer-options.ts';
import { type Entry, Ledgers, now } from './ledger.ts';

/** What became of the promises of a producer. */
export interface Totals {
  readonly sent: number;
  readonly acknowledged: number;
  readonly rejected: number;
  readonly unsettled: number;
  readonly slowestMs: number;
  readonly codes: Readonly<Record<string, number>>;
}

export interface SourceOptions extends Pick<KafkaProducerOptions, 'timeoutMs' | 'librdkafka'> {
  readonly brokers: string;
  readonly topic: string;
  readonly keys: number;
  /** Of a second. */
  readonly rate: number;
  /** @default as many as there is time for */
  readonly records?: number;
}

let count = 0;

/** A `KafkaProducer` in a process of its own, with a ledger of what was acknowledged. */
export class Source {
  readonly process: ServiceProcess;
  readonly #ledgers: Ledgers;

  constructor(folder: string, options: SourceOptions) {
    const name = `source-${++count}`;
    const file = fileURLToPath(new URL('verifiable-producer.mjs', import.meta.url));
    this.process = new ServiceProcess(file, [JSON.stringify({ ...options, ledger: join(folder, name) })]);
    this.#ledgers = new Ledgers(folder, name);
  }

  acknowledged(): readonly Entry[] {
    this.#ledgers.look();
    return this.#ledgers.entries;
  }

  /** Ends it in order; one that has a number of records ends by itself. */
  async stop(): Promise<Totals> {
    this.process.kill('SIGTERM');
    return this.ended();
  }

  async ended(): Promise<Totals> {
    const { code } = await this.process.exit;
    if (code !== 0) throw new Error(`the producer ended with ${code}:\n${this.process.dump()}`);
    return JSON.parse(this.process.stdout) as Totals;
  }
}

/** Kafka's own VerifiableProducer: nothing of it was written here. */
export class KafkasOwnSource {
  readonly #process: ChildProcess;
  readonly #acknowledged: Entry[] = [];
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.#ended = once(child, 'close');
    if (child.stdout === null) throw new Error('it is piped');
    createInterface(child.stdout).on('line', (line) => this.#read(line));
  }

  static async start({
    brokers,
    topic,
    records,
    rate,
    keys,
  }: Required<Pick<SourceOptions, 'brokers' | 'topic' | 'records' | 'rate' | 'keys'>>): Promise<KafkasOwnSource> {
    const { java, classPath } = await findKafka();
    const numbers = ['--max-messages', records, '--throughput', rate, '--repeating-keys', keys, '--acks', -1].map(String);
    const args = [
      '-Xmx128m',
      '-cp',
      classPath,
      'org.apache.kafka.tools.VerifiableProducer',
      '--bootstrap-server',
      brokers,
      '--topic',
      topic,
      ...numbers,
    ];
    return new KafkasOwnSource(spawn(java, args, { stdio: ['ignore', 'pipe', 'ignore'] }));
  }

  acknowledged(): readonly Entry[] {
    return this.#acknowledged;
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #read(line: string): void {
    const event = JSON.parse(line) as { name: string; topic: string; partition: number; offset: number; key: string; value: string };
    if (event.name !== 'producer_send_success') return;
    const { topic, partition, offset, key, value } = event;
    this.#acknowledged.push({ topic, partition, offset, key, sequence: Number(value), begun: 0, ended: now(), running: 0 });
  }
}
