// The only file that imports node-rdkafka, and by its default: it is CommonJS, whose named exports Node does not see.
import kafka from 'node-rdkafka';

export const { KafkaConsumer, Producer } = kafka;
export type { kafka as rdkafka };

/** What this build of librdkafka can do: `ssl`, `zstd`, `sasl_scram`, … */
export const buildFeatures: readonly string[] = kafka.features;

/** Settings of librdkafka, by its own names. */
export type Settings = Record<string, string | number | boolean>;

/** What a client is made of: settings of its own, and those that librdkafka keeps per topic. */
export interface ClientSettings {
  readonly global: Settings;
  readonly topic: Settings;
}

/** A header as node-rdkafka hands it over: an object with one property. */
export type RawHeader = Readonly<Record<string, Buffer>>;

/** A record as node-rdkafka hands it over. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: Buffer | null;
  readonly key: Buffer | null;
  /** Milliseconds since 1970; -1 where it has none. */
  readonly timestamp: number;
  readonly size: number;
  readonly headers?: readonly RawHeader[];
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** An error of librdkafka; its codes are numbers, those below 0 its own, the others the broker's. */
export interface LibraryError extends Error {
  readonly code: number;
}

/** Codes of librdkafka and of Kafka's protocol that are told apart here. */
export const CODES = {
  fatal: -150,
  maxPollExceeded: -147,
  authentication: -169,
  notImplemented: -170,
  state: -172,
  revokePartitions: -174,
  assignPartitions: -175,
  queueFull: -184,
  timedOut: -185,
  badCompression: -198,
  unknownTopicOrPartition: 3,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorization: 29,
  groupAuthorization: 30,
  fencedInstance: 82,
} as const;

/** node-rdkafka's errors have the methods of Error and not its class. */
export function toError(error: { message: string; code: number }): LibraryError {
  return Object.assign(new Error(error.message), { code: error.code });
}
