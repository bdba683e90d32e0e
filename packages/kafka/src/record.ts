import type { Codec } from '@patron/core/async';
import { show } from './check.ts';
import { isTopic } from './options.ts';
import type { OutgoingHeader } from './producer-client.ts';

/** Headers by name; several of one name as a list, or all as pairs in their order. Text only: node-rdkafka sends no other. */
export type RecordHeaders = Readonly<Record<string, string | readonly string[]>> | readonly (readonly [name: string, value: string])[];

/** What is to be sent. */
export interface KafkaRecord<T = unknown> {
  readonly topic: string;
  /** Encoded by the codec. `null` is a tombstone: in a compacted topic it deletes what has the same key. */
  readonly value: T | null;
  /** Records of one key go to one partition, in their order. @default none: spread over the partitions */
  readonly key?: string | Uint8Array | null;
  readonly headers?: RecordHeaders;
  /** @default by the key, as Java's clients and kafkajs do (murmur2) */
  readonly partition?: number;
  /** @default now */
  readonly timestamp?: Date;
}

/** What is wrong with a record; undefined: nothing. */
export function problemOf({ topic, value, key, partition, timestamp }: KafkaRecord): string | undefined {
  if (typeof topic !== 'string' || topic.startsWith('^') || !isTopic(topic)) return `topic is ${show(topic)}: it takes the name of a topic`;
  if (value === undefined) return 'value is undefined: it takes a value, or null for a tombstone';
  if (key !== undefined && key !== null && typeof key !== 'string' && !(key instanceof Uint8Array) && !ArrayBuffer.isView(key))
    return `key is ${show(key)}: it takes a string or bytes`;
  if (partition !== undefined && !(Number.isInteger(partition) && partition >= 0 && partition < 2 ** 31))
    return `partition is ${show(partition)}: it takes a whole number, 0 at least`;
  if (timestamp !== undefined && (typeof timestamp.getTime !== 'function' || Number.isNaN(timestamp.getTime())))
    return `timestamp is ${show(timestamp)}: it takes a Date`;
  return undefined;
}

/** The headers as they are sent, and the codec's media type where they tell none. @throws TypeError naming the header that can't be sent */
export function outgoingHeaders(headers: RecordHeaders | undefined, { contentTypes: [type] }: Codec<unknown>): OutgoingHeader[] {
  const list: OutgoingHeader[] = [];
  let hasType = type === undefined;
  const add = (name: string, value: unknown): void => {
    if (name === '') throw new TypeError('a header has no name');
    if (typeof value !== 'string' || value.includes('\0') || name.includes('\0'))
      throw new TypeError(`header ${show(name)} is ${show(value)}: it takes text without NUL`);
    hasType ||= name.length === 12 && name.toLowerCase() === 'content-type';
    list.push({ [name]: value });
  };
  if (headers !== undefined) {
    for (const [name, value] of Array.isArray(headers) ? (headers as [string, string][]) : Object.entries(headers)) {
      if (typeof value === 'string') add(name, value);
      else if (Array.isArray(value)) for (const one of value as readonly string[]) add(name, one);
      else add(name, value);
    }
  }
  if (!hasType && type !== undefined) list.push({ 'content-type': type });
  return list;
}

/** Bytes as node-rdkafka takes them. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
