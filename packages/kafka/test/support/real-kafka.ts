import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { setup } from '@patron/log';
import { type MemoryLog, memoryLog } from '@patron/log/testing';
import { type KafkaCluster, startKafka } from '../../../../tools/services/kafka.mjs';
import { findKafka, kafkaProblem } from '../../../../tools/services/kafka-libraries.mjs';
import { RawKafka } from './raw-kafka.ts';

const problem = kafkaProblem();
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
/** Maven fetches Kafka the first time, and nodes take long to start on a busy machine. */
const PATIENT_MS = 240_000;

/** What tests get of a real Kafka. */
export interface RealKafka {
  readonly cluster: KafkaCluster;
  readonly raw: RawKafka;
  readonly log: MemoryLog;
}

/** Tests that need Apache Kafka: left out where it can't be started, unless everything is required. `kafka()` is there once they run. */
export function describeKafka(title: string, nodes: 1 | 3, tests: (kafka: () => RealKafka) => void): void {
  if (problem !== undefined && !isRequired) console.warn(`left out: ${problem}`);
  (problem === undefined || isRequired ? describe : describe.skip)(title, () => {
    let kafka: RealKafka;
    beforeAll(async () => {
      const log = memoryLog();
      setup(log);
      await findKafka();
      const cluster = await startKafka({ nodes });
      kafka = { cluster, raw: await RawKafka.connect(cluster.brokers), log };
    }, PATIENT_MS);
    afterEach(() => kafka.log.clear());
    afterAll(async () => {
      await kafka.raw.close();
      await kafka.cluster.stop();
    }, PATIENT_MS);
    tests(() => kafka);
  });
}
