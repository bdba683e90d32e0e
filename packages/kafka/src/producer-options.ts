import { type Codec, json } from '@patron/core/async';
import { OptionCheck, show } from './check.ts';
import type { ClientSettings } from './client.ts';
import { checkFeatures, CONNECTION_OPTIONS, connectionSettings, type KafkaConnectionOptions } from './connection.ts';
import { KafkaOptionError } from './errors.ts';
import { ProducerClient } from './producer-client.ts';
import { checkSettings, mergeSettings, REFUSED_OF_PRODUCER } from './settings.ts';

/** Options of a {@link KafkaProducer}. */
export interface KafkaProducerOptions<T = unknown> extends KafkaConnectionOptions {
  /** In log lines of a stop, and in errors of a service. @default 'kafka producer' */
  readonly name?: string;
  /** How values become bytes; its media type goes along as `content-type`. @default json */
  readonly codec?: Codec<T>;
  /** How long a record may take until it is acknowledged, waiting for room included. @default 30000 */
  readonly timeoutMs?: number;
  /** How long a record may wait for others to go with it. @default 5 */
  readonly lingerMs?: number;
  /** @default 'none' */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /**
   * Whether a record that is sent again, as the answer was lost, is stored once, and in its order. Where a record has timed out,
   * those sent behind it may be stored twice all the same. @default true
   */
  readonly idempotence?: boolean;
}

/** What a producer runs by: every value checked. */
export interface ProducerConfig {
  readonly name: string;
  readonly codec: Codec<unknown>;
  readonly timeoutMs: number;
  readonly settings: ClientSettings;
}

const KNOWN = ['name', 'codec', 'timeoutMs', 'lingerMs', 'compression', 'idempotence', ...CONNECTION_OPTIONS];

/** @throws KafkaOptionError with everything that is wrong */
export function resolveProducer<T>(options: KafkaProducerOptions<T>): ProducerConfig {
  const check = new OptionCheck([]);
  check.known(options, KNOWN);
  const { name = 'kafka producer', codec = json as Codec<T>, lingerMs, compression, idempotence = true } = options;
  check.text('name', name);
  if (typeof codec?.encode !== 'function') check.add(`codec is ${show(codec)}: it takes an object with encode and decode`);
  const timeoutMs = check.whole('timeoutMs', options.timeoutMs, 100, 30_000);
  const settings = mergeSettings(
    {
      ...connectionSettings(options, check),
      acks: -1,
      'enable.idempotence': idempotence,
      'message.timeout.ms': timeoutMs,
      // One request may not take all of a record's time, or there is none left to try another broker.
      'request.timeout.ms': Math.max(1, Math.min(10_000, Math.floor(timeoutMs / 2))),
      'linger.ms': check.whole('lingerMs', lingerMs, 0, Math.min(5, timeoutMs - 1), timeoutMs - 1),
      'compression.codec': check.oneOf('compression', compression, ['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'none'),
      partitioner: 'murmur2_random', // as Java's clients and kafkajs do: one key, one partition, whoever sends
      'queue.buffering.max.kbytes': 65_536,
      'statistics.interval.ms': 5000,
    },
    options.librdkafka,
    REFUSED_OF_PRODUCER,
    check,
  );
  checkFeatures({ ...settings.global, ...settings.topic }, check);
  checkSettings(settings, (one) => void new ProducerClient(one, NOBODY), check);
  if (check.problems.length > 0) throw new KafkaOptionError('this kafka producer', check.problems);
  return { name, codec: codec as Codec<unknown>, timeoutMs, settings };
}

const NOBODY = { onReport: () => undefined, onError: () => undefined, onLog: () => undefined, onStatistics: () => undefined };
