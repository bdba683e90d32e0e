import { type ConsumerOptions, type Exhausted, type ResolvedConsumer, resolveConsumer } from '@patron/core/async';
import { OptionCheck, show } from './check.ts';
import type { ClientSettings } from './client.ts';
import { ConsumerClient } from './consumer-client.ts';
import { checkFeatures, CONNECTION_OPTIONS, connectionSettings, type KafkaConnectionOptions, resolveBrokers } from './connection.ts';
import type { KafkaMessage } from './message.ts';
import { checkSettings, mergeSettings, REFUSED_OF_CONSUMER } from './settings.ts';

/** What keeps its order: all of a partition; records of one key; nothing. */
export type Ordering = 'partition' | 'key' | 'none';

/**
 * Where a group begins with a partition of which it has committed nothing: at its first record, behind its last one, or at the
 * first one sent at that time or later.
 */
export type StartFrom = 'earliest' | 'latest' | Date | { readonly sinceMs: number };

/** Options of a {@link KafkaComponent}. */
export interface KafkaOptions<T = unknown> extends ConsumerOptions<T, KafkaMessage<T>, Exclude<Exhausted, 'nack'>>, KafkaConnectionOptions {
  /** The consumer group: its members share the partitions, and it keeps its place in each. */
  group: string;
  /** What to read; `'^orders-.*'` is a pattern of all topics that match. */
  topics: string | readonly string[];
  /**
   * What is handled one after the other: the records of a partition; those of one key, so that others pass them by; or nothing.
   * Records without a key have no order to keep under `'key'`.
   * @default 'partition'
   */
  ordering?: Ordering;
  /** @default 'earliest', so that nothing of a new partition is lost */
  startFrom?: StartFrom;
  /** How members share partitions. All members of a group have to agree; to change it, stop them all first. @default 'cooperative-sticky' */
  assignment?: 'cooperative-sticky' | 'eager';
  /** A name of this process that outlives it, unique in its group: it then keeps its partitions through a restart (KIP-345). @default none */
  instanceId?: string;
  /** How often the offsets of handled records are committed. @default 1000 */
  commitIntervalMs?: number;
  /** How long handlers may go on when their partition is taken away, before their signal aborts. @default 5000 */
  revokeTimeoutMs?: number;
  /** How many records of one partition are held before it is paused until half of them are done. @default 1000 */
  maxBuffered?: number;
  /** How long a broker may take to answer when the consumer starts. @default 10000 */
  connectTimeoutMs?: number;
  /** Whether to start, and wait, where a topic does not exist. @default false: that is an error */
  allowMissingTopics?: boolean;
}

/** The options, checked, with nothing left open. */
export interface KafkaConfig {
  readonly consumer: ResolvedConsumer<KafkaMessage>;
  readonly connection: KafkaConnectionOptions;
  readonly settings: ClientSettings;
  readonly brokers: readonly string[];
  readonly group: string;
  readonly topics: readonly string[];
  readonly ordering: Ordering;
  readonly startFrom: StartFrom;
  readonly isCooperative: boolean;
  readonly commitIntervalMs: number;
  readonly revokeTimeoutMs: number;
  readonly maxBuffered: number;
  readonly connectTimeoutMs: number;
  readonly allowMissingTopics: boolean;
  readonly sessionTimeoutMs: number;
}

const OF_CONSUMER = [
  ...['name', 'handle', 'schema', 'codec', 'concurrency', 'failure', 'handlerTimeoutMs', 'restart', 'maxParkedLanes', 'stallAfterMs'],
  ...['group', 'topics', 'ordering', 'startFrom', 'assignment', 'instanceId', 'commitIntervalMs', 'revokeTimeoutMs', 'maxBuffered'],
  ...['connectTimeoutMs', 'allowMissingTopics', ...CONNECTION_OPTIONS],
];

/** @throws ConsumerOptionError with everything that is wrong */
export function resolveKafka<T>(options: KafkaOptions<T>): KafkaConfig {
  const check = new OptionCheck([]);
  check.known(options, OF_CONSUMER);
  const { group, ordering, startFrom, assignment, instanceId, failure, revokeTimeoutMs } = options;
  check.text('group', group);
  if (instanceId !== undefined) check.text('instanceId', instanceId);
  if ((failure?.exhausted as unknown) === 'nack')
    check.add(`failure.exhausted is "nack": Kafka can't take one record back; use 'exit', 'ack' or { deadLetter: 'its topic' }`);
  const isCooperative =
    check.oneOf('assignment', assignment, ['cooperative-sticky', 'eager'], 'cooperative-sticky') === 'cooperative-sticky';
  const topics = resolveTopics(options.topics, check);
  const start = resolveStart(startFrom, check);
  const settings = mergeSettings(
    {
      ...connectionSettings(options, check),
      'group.id': group,
      'group.protocol': 'classic',
      'enable.auto.commit': false,
      'enable.auto.offset.store': false,
      'enable.partition.eof': true,
      'partition.assignment.strategy': isCooperative ? 'cooperative-sticky' : 'range,roundrobin',
      'auto.offset.reset': start === 'latest' ? 'latest' : 'earliest',
      // A cluster takes 9 to 12 s to do without a broker that is gone, the longest where that one was its controller, too, and a member
      // that has lost its session by then waits for a second one: nobody tells the new coordinator that it is the same.
      'session.timeout.ms': 15_000,
      // Noticed early enough to find the new coordinator within the session.
      'socket.timeout.ms': 8000,
      'heartbeat.interval.ms': 500,
      'statistics.interval.ms': 5000,
      'queued.max.messages.kbytes': 32_768,
      ...(instanceId !== undefined && { 'group.instance.id': instanceId }),
    },
    options.librdkafka,
    REFUSED_OF_CONSUMER,
    check,
  );
  checkFeatures({ ...settings.global, ...settings.topic }, check);
  checkSettings(settings, (one) => void new ConsumerClient(one, NOBODY), check);
  const longestRevoke = Number(settings.global['max.poll.interval.ms'] ?? 300_000) / 2;
  const config = {
    connection: connectionOf(options),
    settings,
    brokers: resolveBrokers(options.brokers, new OptionCheck([])),
    group,
    topics,
    ordering: check.oneOf('ordering', ordering, ['partition', 'key', 'none'], 'partition'),
    startFrom: start,
    isCooperative,
    commitIntervalMs: check.whole('commitIntervalMs', options.commitIntervalMs, 10, 1000),
    // A member that takes longer than max.poll.interval.ms to give its partitions back is put out of the group.
    revokeTimeoutMs: check.whole('revokeTimeoutMs', revokeTimeoutMs, 0, 5000, longestRevoke),
    maxBuffered: check.whole('maxBuffered', options.maxBuffered, 2, 1000, 1_000_000),
    connectTimeoutMs: check.whole('connectTimeoutMs', options.connectTimeoutMs, 100, 10_000),
    allowMissingTopics: options.allowMissingTopics === true,
    sessionTimeoutMs: Number(settings.global['session.timeout.ms']),
  };
  return {
    ...config,
    consumer: resolveConsumer<T, KafkaMessage<T>>('the kafka consumer', options, check.problems) as ResolvedConsumer<KafkaMessage>,
  };
}

/** What a consumer's producer of dead letters connects with. */
function connectionOf({ brokers, clientId, tls, sasl, librdkafka }: KafkaConnectionOptions): KafkaConnectionOptions {
  const settings = Object.entries(librdkafka ?? {}).filter(([name]) =>
    /^(security|ssl|sasl|socket|broker|reconnect|client)\.|^enable\.ssl/.test(name),
  );
  return {
    brokers,
    ...(clientId !== undefined && { clientId }),
    ...(tls !== undefined && { tls }),
    ...(sasl !== undefined && { sasl }),
    librdkafka: Object.fromEntries(settings),
  };
}

function resolveTopics(topics: string | readonly string[], check: OptionCheck): string[] {
  const list = typeof topics === 'string' ? [topics] : Array.isArray(topics) ? [...(topics as string[])] : [];
  if (list.length === 0 || list.some((topic) => typeof topic !== 'string' || !isTopic(topic)))
    check.add(
      `topics is ${show(Array.isArray(topics) ? list.map(String).join(', ') : topics)}: it takes names of topics, or patterns that begin with ^`,
    );
  return [...new Set(list)];
}

/** What Kafka takes as a name: 1 to 249 of letters, digits, `.`, `_` and `-`. */
export function isTopic(name: string): boolean {
  return (name.startsWith('^') && name.length > 1) || /^[\w.-]{1,249}$/.test(name);
}

function resolveStart(startFrom: StartFrom | undefined, check: OptionCheck): StartFrom {
  if (startFrom === undefined || startFrom === 'earliest' || startFrom === 'latest') return startFrom ?? 'earliest';
  if (startFrom instanceof Date && !Number.isNaN(startFrom.getTime())) return startFrom;
  const { sinceMs } = (startFrom ?? {}) as { sinceMs?: unknown };
  if (typeof sinceMs !== 'number' || !Number.isFinite(sinceMs) || sinceMs < 0)
    check.add(`startFrom is ${show(startFrom)}: it takes 'earliest', 'latest', a Date or { sinceMs: 3600000 }`);
  return startFrom;
}

const NOBODY = {
  onRebalance: () => undefined,
  onCommit: () => undefined,
  onEndOfPartition: () => undefined,
  onError: () => undefined,
  onLog: () => undefined,
  onStatistics: () => undefined,
};
