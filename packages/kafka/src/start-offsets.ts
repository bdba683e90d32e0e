import type { TopicPartition } from './client.ts';
import type { ConsumerClient } from './consumer-client.ts';
import type { StartFrom } from './options.ts';

/** Behind the last record, as librdkafka says it. */
const OFFSET_END = -1;
const TIMEOUT_MS = 10_000;

/**
 * Where to begin: without an offset where the group has left off, as the broker knows; with one where it has never been and a
 * time says where to begin.
 */
export async function startOffsets(
  client: Pick<ConsumerClient, 'committed' | 'offsetsAt'>,
  partitions: readonly TopicPartition[],
  startFrom: StartFrom,
): Promise<TopicPartition[]> {
  if (typeof startFrom === 'string' || partitions.length === 0) return [...partitions];
  const time = startFrom instanceof Date ? startFrom.getTime() : Date.now() - startFrom.sinceMs;
  const committed = new Set((await client.committed(partitions, TIMEOUT_MS)).map(key));
  const fresh = partitions.filter((one) => !committed.has(key(one)));
  if (fresh.length === 0) return [...partitions];
  const found = new Map((await client.offsetsAt(fresh, time, TIMEOUT_MS)).map((one) => [key(one), one.offset]));
  return partitions.map((one) => (committed.has(key(one)) ? one : { ...one, offset: found.get(key(one)) ?? OFFSET_END }));
}

function key({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
