import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedKafka, startKafka } from '@patron/testing';
import type { MemoryLine } from '@patron/log/testing';
import { memorySpans } from '@patron/trace/testing';
import { type Answer, PipelinedConnection } from '../../../core/test/support/pipelined-client.ts';
import { type Journey, startChain } from '../support/chain.ts';
import { RawKafka } from '../support/raw-kafka.ts';

const CHAINS = process.env['PATRON_FULL'] === '1' ? 10_000 : 1000;
/** Each sends its requests at once: fewer sockets than chains, as a process may not have so many. */
const CONNECTIONS = Math.min(CHAINS, 2000);

/** The kinds of the OpenTelemetry API. */
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const WAY = [
  ['server', /^POST \/orders\/:id$/],
  ['producer', /^send orders-/],
  ['consumer', /^process orders-/],
  ['client', /^GET \/stock\/:id$/],
  ['server', /^GET \/stock\/:id$/],
] as const;

let kafka: EmbeddedKafka;
let raw: RawKafka;

beforeAll(async () => {
  kafka = await startKafka();
  raw = await RawKafka.connect(kafka.brokers);
});
afterAll(async () => {
  await raw.close();
  await kafka.close();
});

interface Order {
  readonly key: string;
  readonly correlationId: string;
  /** Where the client has begun the trace: its span. */
  readonly caller: { readonly traceId: string; readonly spanId: string } | undefined;
}

/** Every other trace begins at the client, the rest in the first service. */
function orders(): Order[] {
  return Array.from({ length: CHAINS }, (_, i) => ({
    key: `order-${i}`,
    correlationId: `chain-${i}@${randomBytes(4).toString('hex')}`,
    caller: i % 2 === 0 ? { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') } : undefined,
  }));
}

const requestOf = ({ key, correlationId, caller }: Order): string =>
  [
    `POST /orders/${key} HTTP/1.1`,
    'Host: a',
    'Content-Length: 0',
    `X-Correlation-Id: ${correlationId}`,
    ...(caller === undefined ? [] : [`traceparent: 00-${caller.traceId}-${caller.spanId}-01`]),
    '\r\n',
  ].join('\r\n');

async function sendAll(port: number, all: readonly Order[]): Promise<Map<string, Answer>> {
  const connections: PipelinedConnection[] = [];
  for (let i = 0; i < CONNECTIONS; i += 200)
    connections.push(...(await Promise.all(Array.from({ length: Math.min(200, CONNECTIONS - i) }, () => PipelinedConnection.open(port)))));
  const answers = new Map<string, Answer>();
  await Promise.all(
    connections.map(async (connection, at) => {
      const own = all.filter((_, i) => i % CONNECTIONS === at);
      (await connection.send(own.map(requestOf))).forEach((answer, i) => answers.set(own[i]?.key ?? '', answer));
      connection.close();
    }),
  );
  return answers;
}

/** What was seen of a chain that is not as it has to be, by kind. */
class Tally {
  readonly wrong: Record<string, number> = {};

  check(what: string, ok: boolean): void {
    if (!ok) this.wrong[what] = (this.wrong[what] ?? 0) + 1;
  }
}

const traceIdOf = (traceparent: string | undefined): string => traceparent?.split('-')[1] ?? '';

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

describe.each([
  ['recorded', true],
  ['not recorded', false],
])(`${CHAINS.toLocaleString('en-US')} chains at once, HTTP to Kafka to HTTP, %s`, (_, isRecorded) => {
  const spans = memorySpans();
  const all = orders();
  let answers: Map<string, Answer>;
  let journeys: Map<string, Journey>;
  let lines: Map<string, MemoryLine[]>;
  const traceOf = ({ key }: Order): string => traceIdOf(journeys.get(key)?.consumer.traceparents[0]);

  beforeAll(
    async () => {
      const tracing = { exporter: spans, sampler: { type: 'const', param: 1 } } as const;
      const topic = RawKafka.name('orders');
      await raw.createTopic(topic, undefined);
      const running = await startChain(kafka.brokers, topic, { held: CHAINS, ...(isRecorded && { tracing }) });
      try {
        answers = await sendAll(running.port, all);
        journeys = new Map(await Promise.all(all.map(async ({ key }) => [key, await running.journey(key)] as const)));
      } finally {
        await running.stop();
      }
      lines = groupBy(running.log.lines, ({ fields }) => String(fields['correlationID']));
    },
    CHAINS > 1000 ? 180_000 : 45_000,
  );

  test('are all in the first service at the same time, and all answered', () => {
    // It holds each until the last one has come: none could be answered before.
    expect(all.filter(({ key }) => answers.get(key)?.status !== 201)).toEqual([]);
  });

  test('the correlation id is the chain’s own in the echo, in the record, in its handler and at the end', () => {
    const tally = new Tally();
    for (const { key, correlationId } of all) {
      const [answer, journey] = [answers.get(key), journeys.get(key)];
      tally.check('echo', answer?.headers['x-correlation-id'] === correlationId);
      tally.check('in the first', JSON.parse(answer?.body ?? '{}').correlationId === correlationId);
      tally.check('in the record', String(journey?.consumer.ids) === correlationId);
      tally.check('in its handler', journey?.consumer.correlationId === correlationId);
      tally.check('on what goes out', journey?.end.id === correlationId);
      tally.check('at the end', journey?.end.correlationId === correlationId);
    }
    expect(tally.wrong).toEqual({});
  });

  test('and so is the trace id, which is the caller’s where it has one', () => {
    const tally = new Tally();
    for (const order of all) {
      const journey = journeys.get(order.key);
      tally.check('one traceparent in the record', journey?.consumer.traceparents.length === 1);
      tally.check('the caller’s', order.caller === undefined || traceOf(order) === order.caller.traceId);
      tally.check('at the end', traceIdOf(journey?.end.traceparent) === traceOf(order));
    }
    expect(tally.wrong).toEqual({});
    expect(new Set(all.map(traceOf)).size).toBe(CHAINS);
  });

  test('every log line carries both', () => {
    const tally = new Tally();
    for (const order of all) {
      const own = lines.get(order.correlationId) ?? [];
      tally.check('lines', String(own.map(({ message }) => message)) === 'ordered,shipping,looked up');
      tally.check(
        'of the same order',
        own.every(({ fields }) => fields['id'] === order.key),
      );
      // What nobody records has no trace that a reader could look up, unless somebody else has begun it.
      const known = isRecorded || order.caller !== undefined ? own : own.slice(1);
      tally.check(
        'trace id',
        known.every(({ fields }) => fields['trace_id'] === traceOf(order)),
      );
    }
    expect(tally.wrong).toEqual({});
  });

  test(`${isRecorded ? 'each trace is server, producer, consumer, client, server, each below the one before: no orphan, no span of another' : 'no span is made'}`, () => {
    const tally = new Tally();
    const traces = groupBy(spans.spans, (span) => span.spanContext().traceId);
    for (const order of isRecorded ? all : []) {
      const own = traces.get(traceOf(order)) ?? [];
      tally.check('spans of a trace', own.length === 5);
      let parent = order.caller?.spanId;
      for (const [kind, name] of WAY) {
        const span = own.find((one) => KINDS[one.kind] === kind && name.test(one.name));
        tally.check(`${kind} below its parent`, span !== undefined && span.parentSpanContext?.spanId === parent);
        parent = span?.spanContext().spanId ?? 'missing';
      }
    }
    expect(tally.wrong).toEqual({});
    expect({ traces: traces.size, spans: spans.spans.length }).toEqual(
      isRecorded ? { traces: CHAINS, spans: 5 * CHAINS } : { traces: 0, spans: 0 },
    );
  });
});
