import { shared } from '@patron/log';
import { metrics } from '@patron/trace';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';
import type { BrokerWatch } from './statistics.ts';

/** What a consumer shows in the metrics. */
export interface Told {
  readonly group: string;
  readonly partitions: Partitions;
  readonly brokers: BrokerWatch;
}

/** The consumers of Kafka of this process. */
const intakes = shared<Set<Told>>('kafkaIntakes', () => new Set());

/** Shows in the metrics how far a consumer is. @returns what takes it out again */
export function tellIntake(intake: Told): () => void {
  intakes.add(intake);
  shared('kafkaConsumerMetrics', () => {
    gauge(
      'patron_kafka_consumer_lag',
      'Records of an assigned partition that are not committed yet, as of the last statistics (every 5 s).',
      ({ committed, read, topic, number }, brokers) => {
        const end = brokers.endOf(topic, number);
        const from = committed >= 0 ? committed : read + 1;
        return end === undefined ? undefined : Math.max(0, end - from);
      },
    );
    gauge('patron_kafka_committed_offset', 'The offset that was committed last: the first that is to be read again.', ({ committed }) =>
      committed < 0 ? undefined : committed,
    );
    gauge('patron_kafka_consumed_offset', 'The newest offset that was read.', ({ read }) => (read < 0 ? undefined : read));
    return true;
  });
  return () => void intakes.delete(intake);
}

function gauge(name: string, help: string, value: (partition: Partition, brokers: BrokerWatch) => number | undefined): void {
  metrics.gauge({ name, help, labels: ['topic', 'partition', 'group'] as const }, (series) => {
    series.clear();
    for (const { group, partitions, brokers } of intakes) {
      for (const partition of partitions) {
        const { topic, number } = partition;
        const now = value(partition, brokers);
        if (now !== undefined) series.labels({ topic, partition: String(number), group }).set(now);
      }
    }
  });
}
