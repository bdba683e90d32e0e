import { test } from '@jest/globals';
import { conformance } from '@patron/core/testing';
import { kafkaHarness } from '../support/harness.ts';
import { describeKafka } from '../support/real-kafka.ts';

describeKafka('Apache Kafka', 1, (kafka) => {
  for (const ordering of ['key', 'partition'] as const) {
    test.concurrent.each(conformance({ order: ordering, nack: false, tombstones: true }).map(({ title, run }) => [title, run] as const))(
      `ordered by ${ordering}: %s`,
      async (_title, run) => {
        await run(kafkaHarness({ raw: kafka().raw, ordering, partitions: 4 }));
      },
      60_000,
    );
  }
});
