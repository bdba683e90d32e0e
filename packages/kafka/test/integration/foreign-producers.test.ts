import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type EmbeddedKafka, startKafka } from '@patron/testing';
import { type MemorySpans, memorySpans } from '@patron/trace/testing';
import { type IHeaders, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { type Chain, startChain } from '../support/chain.ts';
import { RawKafka } from '../support/raw-kafka.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;

let kafka: EmbeddedKafka;
let raw: RawKafka;
let topic: string;
let spans: MemorySpans;
let chain: Chain;

beforeAll(async () => {
  kafka = await startKafka();
  raw = await RawKafka.connect(kafka.brokers);
  topic = RawKafka.name('orders');
  await raw.createTopic(topic, undefined);
  spans = memorySpans();
  chain = await startChain(kafka.brokers, topic, { tracing: { exporter: spans, sampler: { type: 'const', param: 1 } } });
}, 30_000);
afterAll(async () => {
  await chain?.stop();
  await raw?.close();
  await kafka?.close();
});

let count = 0;
let id: string;
beforeEach(() => {
  id = `foreign-${count++}`;
});

describe('of a record that kafkajs sent', () => {
  let producer: Producer;
  beforeAll(async () => {
    const client = new Kafka({ brokers: kafka.brokers.split(','), logLevel: logLevel.ERROR });
    producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
  });
  afterAll(() => producer?.disconnect());

  async function journeyOf(headers: IHeaders) {
    await producer.send({ topic, messages: [{ key: id, value: JSON.stringify({ id }), headers }] });
    return chain.journey(id);
  }

  test('trace and correlation id are understood, as bytes, and the id’s name in another case', async () => {
    const { consumer, end } = await journeyOf({ traceparent: Buffer.from(TRACEPARENT), 'X-CORRELATION-ID': Buffer.from('from-kafkajs') });
    expect([consumer.correlationId, end.id, end.correlationId]).toEqual(['from-kafkajs', 'from-kafkajs', 'from-kafkajs']);
    expect(end.traceparent?.split('-')[1]).toBe(TRACE);
    expect(chain.log.find({ message: 'shipping', fields: { id } })?.fields).toMatchObject({
      trace_id: TRACE,
      correlationID: 'from-kafkajs',
    });
  });

  test('a correlation id that is there twice is none, whatever the case of its names', async () => {
    const { consumer, end } = await journeyOf({ 'X-Correlation-Id': 'one', 'x-correlation-id': ['two', 'three'] });
    expect([...consumer.ids].sort()).toEqual(['one', 'three', 'two']);
    expect(consumer.correlationId).toMatch(UUID);
    expect(end.id).toBe(consumer.correlationId);
  });

  test('two traceparents are none: a new trace begins', async () => {
    const { consumer, end } = await journeyOf({ traceparent: [TRACEPARENT, TRACEPARENT.replace(TRACE, 'f'.repeat(32))] });
    expect(consumer.traceparents).toHaveLength(2);
    const traceId = end.traceparent?.split('-')[1];
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect([TRACE, 'f'.repeat(32)]).not.toContain(traceId);
  });

  test.each([
    ['a NUL', Buffer.from('M4LICE\0')],
    ['bytes of no character set', Buffer.from([0x4d, 0x34, 0xff, 0xfe])],
    ['no byte', Buffer.alloc(0)],
    ['half a megabyte of it', Buffer.alloc(500_000, 'M4LICE')],
  ])('a correlation id with %s is replaced', async (_, hostile) => {
    const { consumer, end } = await journeyOf({ 'x-correlation-id': hostile });
    expect(consumer.correlationId).toMatch(UUID);
    expect(end.id).toBe(consumer.correlationId);
    expect(JSON.stringify(chain.log.lines)).not.toContain('M4');
  });

  test.each([
    ['a prototype', '__proto__'],
    ['a method', 'toString'],
    ['nothing', ''],
  ])('a header that is called like %s harms nobody', async (_, name) => {
    const { consumer } = await journeyOf(
      Object.fromEntries([
        [name, 'x'],
        ['x-correlation-id', 'is-read'],
      ]),
    );
    expect(consumer.correlationId).toBe('is-read');
  });
});

// Debian's package `kcat` has it; the variable names another one.
const kcat = process.env['KCAT'] ?? 'kcat';
const isHere = spawnSync(kcat, ['-V']).status === 0;
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (!isHere && !isRequired)
  console.warn(`left out: ${kcat} is not here (Debian package kcat, or KCAT), so no record of its making was read`);

(isHere || isRequired ? describe : describe.skip)('of a record that kcat sent', () => {
  /** One line of input is one record. */
  function send(...headers: string[]): void {
    const args = ['-P', '-b', kafka.brokers, '-t', topic, '-k', id, ...headers.flatMap((header) => ['-H', header])];
    const { status, stderr } = spawnSync(kcat, args, { input: `${JSON.stringify({ id })}\n`, encoding: 'utf8', timeout: 20_000 });
    expect({ status, stderr }).toMatchObject({ status: 0 });
  }

  test('trace and correlation id are understood', async () => {
    send(`traceparent=${TRACEPARENT}`, 'X-Correlation-Id=from-kcat');
    const { consumer, end } = await chain.journey(id);
    expect([consumer.correlationId, end.id]).toEqual(['from-kcat', 'from-kcat']);
    expect(end.traceparent?.split('-')[1]).toBe(TRACE);
  });

  test('a correlation id that is there twice is none', async () => {
    send('X-Correlation-Id=one', 'X-Correlation-Id=one');
    const { consumer, end } = await chain.journey(id);
    expect(consumer.ids).toEqual(['one', 'one']);
    expect(consumer.correlationId).toMatch(UUID);
    expect(end.id).toBe(consumer.correlationId);
  });
});

test('what a consumer does below a foreign record is one trace with it, below its span', async () => {
  const spanId = 'b7ad6b7169203331';
  await raw.send(topic, [{ value: JSON.stringify({ id }), headers: { TraceParent: `00-${'a'.repeat(32)}-${spanId}-01` } }]);
  await chain.journey(id);
  await chain.stop();
  const own = spans.spans.filter((span) => span.spanContext().traceId === 'a'.repeat(32));
  expect(own.map(({ name }) => name).sort()).toEqual(['GET /stock/:id', 'GET /stock/:id', `process ${topic}`]);
  expect(own.find(({ name }) => name.startsWith('process'))?.parentSpanContext?.spanId).toBe(spanId);
});
