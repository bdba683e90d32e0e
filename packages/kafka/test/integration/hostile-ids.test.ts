import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedKafka, startKafka } from '@patron/testing';
import { memorySpans } from '@patron/trace/testing';
import { exchange } from '../../../core/test/raw-client.ts';
import { type Chain, startChain } from '../support/chain.ts';
import { RawKafka } from '../support/raw-kafka.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let kafka: EmbeddedKafka;
let raw: RawKafka;
let chain: Chain | undefined;

beforeAll(async () => {
  kafka = await startKafka();
  raw = await RawKafka.connect(kafka.brokers);
});
afterEach(async () => {
  await chain?.stop();
  chain = undefined;
});
afterAll(async () => {
  await raw.close();
  await kafka.close();
});

describe('a hostile correlation id', () => {
  // Each holds a word that would be seen if any of it were let through.
  const hostile: [string, string][] = [
    ['a line of its own', '{"lvl":"fatal","msg":"M4LICE"}'],
    ['the end of a JSON string', 'x","lvl":"fatal","note":"M4LICE'],
    ['a terminal’s escape sequence', '\xc2\x9b31mM4LICE'],
    ['markup', '<script>M4LICE</script>'],
    ['a look-up', '${jndi:ldap://M4LICE/a}'],
    ['spaces', 'M4LICE M4LICE'],
    ['a tab', 'M4LICE\tx'],
    ['UTF-8', 'M4LICE-\xc3\xa9'],
    ['129 characters', `M4LICE${'x'.repeat(123)}`],
    ['eight kilobytes', `M4LICE${'x'.repeat(8000)}`],
    ['a prototype', 'M4LICE[__proto__]'],
    ['nothing', ''],
  ];
  // What HTTP lets nobody send, and Kafka does.
  const ofRecords: [string, string][] = [...hostile, ['line ends', 'M4LICE\r\nX-Evil: 1'], ['two lines', 'M4LICE\nM4LICE']];

  test('of a request is replaced by one new id, in the echo and all along; nothing of it is logged, sent on or recorded', async () => {
    const { spans, running } = await start();
    for (const [i, [, id]] of hostile.entries()) {
      const request = `POST /orders/http-${i} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\nX-Correlation-Id: ${id}\r\n\r\n`;
      const { text, statuses } = await exchange(running.port, [request]);
      expect(statuses).toEqual([201]);
      const [, echoed] = /^x-correlation-id: ([^\r]*)/im.exec(text) ?? [];
      expect(echoed).toMatch(UUID);
      expect(text).not.toContain('M4LICE');
      const { consumer, end } = await running.journey(`http-${i}`);
      expect([consumer.correlationId, ...consumer.ids, end.id, end.correlationId]).toEqual(Array(4).fill(echoed));
    }
    await expectClean(running, spans);
  }, 30_000);

  test('of a record, too', async () => {
    const { spans, running, topic } = await start();
    const records = ofRecords.map(([, id], i) => ({ value: JSON.stringify({ id: `raw-${i}` }), headers: { 'X-Correlation-Id': id } }));
    await raw.send(topic, records);
    const seen = new Set<string | undefined>();
    for (const i of records.keys()) {
      const { consumer, end } = await running.journey(`raw-${i}`);
      expect(consumer.correlationId).toMatch(UUID);
      expect([end.id, end.correlationId]).toEqual([consumer.correlationId, consumer.correlationId]);
      seen.add(consumer.correlationId);
    }
    expect(seen.size).toBe(records.length);
    await expectClean(running, spans);
  }, 30_000);

  async function start() {
    const spans = memorySpans();
    const topic = RawKafka.name('orders');
    await raw.createTopic(topic, undefined);
    const running = await startChain(kafka.brokers, topic, { tracing: { exporter: spans, sampler: { type: 'const', param: 1 } } });
    chain = running;
    return { spans, running, topic };
  }

  async function expectClean(running: Chain, spans: ReturnType<typeof memorySpans>): Promise<void> {
    await running.stop();
    chain = undefined;
    expect(spans.spans.length).toBeGreaterThan(0);
    expect(
      JSON.stringify([running.log.lines, spans.spans.map(({ name, attributes, events }) => [name, attributes, events])]),
    ).not.toContain('M4LICE');
  }
});
