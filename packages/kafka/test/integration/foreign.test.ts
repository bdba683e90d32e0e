import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Running } from '@patron/core/testing';
import { KafkaComponent, type KafkaMessage, KafkaProducer } from '@patron/kafka';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { startKafka, type EmbeddedKafka } from '@patron/testing';
import { activeOperation, correlationId, withCorrelationId } from '@patron/trace';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { RawKafka } from '../support/raw-kafka.ts';

let cluster: EmbeddedKafka;
let raw: RawKafka;

beforeAll(async () => {
  setup(memoryLog());
  cluster = await startKafka();
  raw = await RawKafka.connect(cluster.brokers);
});
afterAll(async () => {
  await raw.close();
  await cluster.close();
});

const foreign = (): Kafka => new Kafka({ clientId: 'foreign', brokers: cluster.brokers.split(','), logLevel: logLevel.NOTHING });
const session = { 'session.timeout.ms': 4000, 'heartbeat.interval.ms': 500 };

test('headers of kafkajs are understood: text, bytes, lists, trace and correlation id', async () => {
  const topic = RawKafka.name('foreign');
  await raw.createTopic(topic, undefined);
  const producer = foreign().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({
    topic,
    messages: [
      {
        key: 'customer-7',
        value: '{"id":4711}',
        headers: {
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          'X-Correlation-ID': 'order-4711',
          bin: Buffer.from([255, 0, 254]),
          list: ['a', 'b'],
        },
      },
      { key: 'customer-8', value: null },
    ],
  });
  await producer.disconnect();
  const seen: { message: KafkaMessage; id: string | undefined; trace: string | undefined }[] = [];
  const running = new Running(
    new KafkaComponent({
      name: 'consumer',
      brokers: cluster.brokers,
      group: topic,
      topics: topic,
      librdkafka: session,
      handle: (message) => void seen.push({ message, id: correlationId(), trace: activeOperation()?.spanContext.traceId }),
    }),
  );
  await running.until(() => seen.length === 2);
  await running.stop();
  const order = seen.find(({ message }) => message.key?.toString() === 'customer-7');
  expect(order).toMatchObject({ id: 'order-4711', trace: '0af7651916cd43dd8448eb211c80319c' });
  expect(order?.message.value).toEqual({ id: 4711 });
  expect(order?.message.headers.bytes('bin')).toEqual(Buffer.from([255, 0, 254]));
  expect(order?.message.headers.getAll('LIST')).toEqual(['a', 'b']);
  expect(order?.message.id).toBe(`${topic}/${order?.message.partition}/${order?.message.offset}`);
  expect(seen.find(({ message }) => message.key?.toString() === 'customer-8')?.message).toMatchObject({ value: null, body: null });
}, 60_000);

test('kafkajs understands ours, and puts the same key into the same partition', async () => {
  const topic = RawKafka.name('ours');
  await raw.createTopic(topic, undefined);
  const producer = new KafkaProducer({ brokers: cluster.brokers });
  const other = foreign().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await other.connect();
  for (const key of ['a', 'b', 'customer-7', 'ä', 'x'.repeat(50)]) {
    const { partition } = await withCorrelationId('order-4711', () => producer.send({ topic, key, value: { key } }));
    const [theirs] = await other.send({ topic, messages: [{ key, value: '1' }] });
    expect([key, partition]).toEqual([key, theirs?.partition]);
  }
  await other.disconnect();
  await producer.close();
  const consumer = foreign().consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const read = new Promise<Record<string, string>>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message: { value, headers = {} } }) => {
        if (value?.toString() !== '{"key":"a"}') return;
        resolve(Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, String(one)])));
      },
    });
  });
  expect(await read).toMatchObject({
    'x-correlation-id': 'order-4711',
    'content-type': 'application/json',
    traceparent: expect.any(String),
  });
  await consumer.disconnect();
}, 60_000);

test('a dead letter keeps key, body and headers as they came, bytes among them, and tells where it came from', async () => {
  const topic = RawKafka.name('dead');
  await raw.createTopic(topic, undefined);
  await raw.createTopic(`${topic}.dead`, undefined);
  const producer = foreign().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({
    topic,
    messages: [
      { key: 'k', value: Buffer.from([0, 1, 255]), timestamp: '1700000000000', headers: { bin: Buffer.from([255, 0]), kind: ['a', 'b'] } },
    ],
  });
  await producer.disconnect();
  const running = new Running(
    new KafkaComponent({
      name: 'consumer',
      brokers: cluster.brokers,
      group: topic,
      topics: topic,
      librdkafka: session,
      failure: { exhausted: { deadLetter: `${topic}.dead` } },
      handle: () => undefined,
    }),
  );
  const [letter] = await raw.read(`${topic}.dead`, 1);
  await running.stop();
  expect([String(letter?.key), letter?.value]).toEqual(['k', Buffer.from([0, 1, 255])]);
  const headers = (letter?.headers ?? []).flatMap((header) => Object.entries(header).map(([name, value]) => [name, String(value)]));
  expect(headers).toEqual(
    expect.arrayContaining([
      ['bin', '/wA='],
      ['x-dead-letter-base64-headers', 'bin'],
      ['kind', 'a'],
      ['kind', 'b'],
      ['x-dead-letter-topic', topic],
      ['x-dead-letter-partition', expect.stringMatching(/^\d$/)],
      ['x-dead-letter-offset', '0'],
      ['x-dead-letter-timestamp', '2023-11-14T22:13:20.000Z'],
      ['x-dead-letter-error-type', 'PATRON_MESSAGE_INVALID'],
    ]),
  );
  expect(headers.some(([name]) => name === 'content-type')).toBe(false);
}, 60_000);
