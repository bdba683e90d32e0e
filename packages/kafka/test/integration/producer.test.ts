import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { json } from '@patron/core/async';
import { KafkaProducer, type KafkaProducerOptions, type KafkaRecord } from '@patron/kafka';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { type EmbeddedKafka, startKafka } from '@patron/testing';
import { metrics, withCorrelationId } from '@patron/trace';
import { RawKafka } from '../support/raw-kafka.ts';

let cluster: EmbeddedKafka;
let raw: RawKafka;
const producers: KafkaProducer[] = [];

beforeAll(async () => {
  setup(memoryLog());
  cluster = await startKafka();
  raw = await RawKafka.connect(cluster.brokers);
});
afterEach(async () => {
  for (const producer of producers.splice(0)) await producer.close(AbortSignal.timeout(5000));
});
afterAll(async () => {
  await raw.close();
  await cluster.close();
});

function create(options: Partial<KafkaProducerOptions> = {}): KafkaProducer {
  const producer = new KafkaProducer({ brokers: cluster.brokers, ...options });
  producers.push(producer);
  return producer;
}

const textsOf = (headers: readonly Record<string, string | Buffer>[] | undefined): string[][] =>
  (headers ?? []).flatMap((header) => Object.entries(header).map(([name, value]) => [name, String(value)]));

test('a record that is acknowledged is where its promise says, with key, headers, media type and the correlation id of the work around it', async () => {
  const topic = RawKafka.name('sent');
  const headers = { kind: 'order', tag: ['a', 'b'] };
  Object.defineProperty(headers, '__proto__', { value: 'evil', enumerable: true });
  const sent = await withCorrelationId('order-4711', () =>
    create().send({ topic, key: 'customer-7', value: { id: 4711 }, headers, timestamp: new Date(1_700_000_000_000) }),
  );
  const [record] = await raw.read(topic, 1);
  expect(record).toMatchObject({ partition: sent.partition, offset: sent.offset, timestamp: 1_700_000_000_000 });
  expect([String(record?.key), String(record?.value)]).toEqual(['customer-7', '{"id":4711}']);
  const texts = textsOf(record?.headers);
  expect(texts).toEqual(
    expect.arrayContaining([
      ['kind', 'order'],
      ['tag', 'a'],
      ['tag', 'b'],
      ['content-type', 'application/json'],
    ]),
  );
  expect(texts).toContainEqual(['x-correlation-id', 'order-4711']);
  expect(texts).toContainEqual(['traceparent', expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)]);
  // node-rdkafka hands such a header over as a prototype.
  expect(record?.headers?.map((header) => String(Object.getPrototypeOf(header)))).toContain('evil');
  expect(await metrics.scrape()).toContain(
    `messaging_client_operation_duration_seconds_count{messaging_system="kafka",messaging_destination_name="${topic}",messaging_operation_name="send",outcome="ok"} 1`,
  );
});

test('null is a tombstone, an empty value is none; bytes are keys too, and a partition may be chosen', async () => {
  const topic = RawKafka.name('tombs');
  const producer = create();
  await producer.send({ topic, key: new Uint8Array([1, 2, 3]).subarray(1), value: null, partition: 2 });
  await producer.send({ topic, key: '', value: '', partition: 3 });
  const records = await raw.read(topic, 2);
  const tomb = records.find(({ partition }) => partition === 2);
  expect([tomb?.value, tomb?.key]).toEqual([null, Buffer.from([2, 3])]);
  const empty = records.find(({ partition }) => partition === 3);
  expect([String(empty?.value), String(empty?.key)]).toEqual(['""', '']);
});

test('records of one key are stored in the order in which they were sent, more of them than librdkafka takes at once', async () => {
  const topic = RawKafka.name('many');
  const producer = create({ librdkafka: { 'queue.buffering.max.messages': 100 } });
  const sent = await Promise.all(Array.from({ length: 3000 }, (_, i) => producer.send({ topic, key: `key-${i % 3}`, value: i })));
  expect(sent).toHaveLength(3000);
  const records = await raw.read(topic, 3000);
  for (const key of ['key-0', 'key-1', 'key-2']) {
    const values = records.filter((record) => String(record.key) === key).map(({ value }) => Number(value));
    expect(values).toEqual(Array.from({ length: 1000 }, (_, i) => i * 3 + Number(key.at(-1))));
  }
  expect(producer.pending).toBe(0);
});

describe('a record that can’t be sent is refused, and nothing of it is sent', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  test.each<[Partial<KafkaRecord>, RegExp]>([
    [{ topic: '^all' }, /topic is "\^all"/],
    [{ topic: undefined as never }, /record for no topic: topic is undefined/],
    [{ value: undefined }, /value is undefined: it takes a value, or null for a tombstone/],
    [{ key: 7 as never }, /key is 7/],
    [{ partition: -1 }, /partition is -1/],
    [{ timestamp: new Date(Number.NaN) }, /timestamp/],
    [{ headers: { a: 'b\0c' } }, /header "a" is "b\\u0000c": it takes text without NUL/],
    [{ headers: { a: Buffer.from('b') as never } }, /header "a" is an object/],
    [{ value: loop }, /can't be encoded: .*circular/is],
    [{ value: () => undefined }, /can't be encoded: a value of type function has no JSON form/],
  ])('%j', async (part, problem) => {
    const error: unknown = await create()
      .send({ topic: 'refused', value: 1, ...part })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'PATRON_KAFKA_RECORD_INVALID', message: expect.stringMatching(problem) });
  });
});

test('a codec may take its time, and fail', async () => {
  const topic = RawKafka.name('slow');
  let isFailing = false;
  const codec = {
    ...json,
    contentTypes: ['application/vnd.order+json'],
    encode: async (value: unknown) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (isFailing) throw new Error('the registry is away');
      return json.encode(value);
    },
  };
  const producer = create({ codec });
  await producer.send({ topic, value: 1 });
  isFailing = true;
  await expect(producer.send({ topic, value: 2 })).rejects.toMatchObject({
    code: 'PATRON_KAFKA_RECORD_INVALID',
    message: /the registry is away/,
  });
  const [record] = await raw.read(topic, 1);
  expect(textsOf(record?.headers)).toContainEqual(['content-type', 'application/vnd.order+json']);
});

test('who loses interest is told at once, with the reason of their signal', async () => {
  const producer = create({ brokers: '127.0.0.1:1', timeoutMs: 10_000 });
  const controller = new AbortController();
  const sending = producer.send({ topic: 'orders', value: 1 }, controller.signal);
  controller.abort(new Error('the caller left'));
  await expect(sending).rejects.toThrow('the caller left');
  await expect(producer.send({ topic: 'orders', value: 1 }, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  expect(producer.pending).toBe(0);
});

test('without a broker each promise rejects within its timeout, and says why', async () => {
  const producer = create({ brokers: '127.0.0.1:1', timeoutMs: 1500 });
  const start = performance.now();
  const error: unknown = await producer.send({ topic: 'orders', value: 1 }).catch((thrown: unknown) => thrown);
  expect(performance.now() - start).toBeLessThan(2500);
  expect(error).toMatchObject({
    code: 'PATRON_KAFKA_SEND_TIMEOUT',
    message: expect.stringMatching(/no acknowledgement within 1500 ms: .*refused/),
  });
});

test('a partition that the topic does not have, a record that is too large: refused by their promise, the others go on', async () => {
  const topic = RawKafka.name('limits');
  const producer = create();
  const [unknown, large, fine] = await Promise.allSettled([
    producer.send({ topic, value: 1, partition: 99 }),
    producer.send({ topic, value: 'x'.repeat(2_000_000) }),
    producer.send({ topic, value: 1 }),
  ]);
  expect(unknown).toMatchObject({
    status: 'rejected',
    reason: { code: 'PATRON_KAFKA_SEND_FAILED', message: expect.stringMatching(/unknown partition/i) },
  });
  expect(large).toMatchObject({
    status: 'rejected',
    reason: { code: 'PATRON_KAFKA_SEND_FAILED', message: expect.stringMatching(/too large/i) },
  });
  expect(fine.status).toBe('fulfilled');
});

test('closing sends what was given to it before, and takes nothing more', async () => {
  const topic = RawKafka.name('closing');
  const producer = create({ lingerMs: 1000 });
  const sent = Promise.all(Array.from({ length: 50 }, (_, i) => producer.send({ topic, value: i })));
  const start = performance.now();
  await producer.close();
  expect(await sent).toHaveLength(50);
  expect(performance.now() - start).toBeLessThan(5000);
  await expect(producer.send({ topic, value: 51 })).rejects.toMatchObject({ code: 'PATRON_KAFKA_PRODUCER_CLOSED' });
  expect(await raw.read(topic, 50)).toHaveLength(50);
});
