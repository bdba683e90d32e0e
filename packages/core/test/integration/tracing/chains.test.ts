import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exchange } from '../../raw-client.ts';
import { OtlpReceiver, type ReceivedSpan } from '../../support/otlp/receiver.ts';
import { type Answer, PipelinedConnection } from '../../support/pipelined-client.ts';
import { endAll, type LogLine, ServiceProcess } from '../../support/service-process.ts';

const CHAINS = 10_000;
/** Each sends its requests at once: fewer sockets than chains, as a process may not have so many. */
const CONNECTIONS = 2000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const [INTERNAL, SERVER, CLIENT] = [1, 2, 3];

let receiver: OtlpReceiver;
let first: ServiceProcess;
let second: ServiceProcess;
let port: number;

beforeAll(async () => {
  receiver = await OtlpReceiver.open();
  const env = {
    PATRON_HTTP_DEFAULT_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_MAX_QUEUE_SIZE: '100000', // all of them end at the same time
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
  };
  second = new ServiceProcess('chain.mjs', [], { ...env, LINK: 'B' });
  first = new ServiceProcess('chain.mjs', [], { ...env, LINK: 'A', NEXT: String(await second.port()), HELD: String(CHAINS) });
  port = await first.port();
});
afterAll(async () => {
  await endAll();
  await receiver.close();
});

/** The headers that came to the second service, and the correlation id that each of the two has seen. */
interface Body {
  correlationId: string;
  there: { correlationId: string; received: [string, string][] };
}

const bodyOf = (answer: Answer | undefined): Body => JSON.parse(answer?.body ?? '{}') as Body;

/** What was seen of a chain that is not as it has to be, by kind. */
class Tally {
  readonly wrong: Record<string, number> = {};

  check(what: string, ok: boolean): void {
    if (!ok) this.wrong[what] = (this.wrong[what] ?? 0) + 1;
  }
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

describe(`${CHAINS.toLocaleString('en-US')} chains at once through two services`, () => {
  interface Chain {
    id: string;
    /** Where the client has begun the trace: its span. */
    caller: { traceId: string; spanId: string } | undefined;
    answer: Answer | undefined;
  }
  const chains: Chain[] = [];
  let spans: Map<string, ReceivedSpan[]>;
  let lines: Record<'A' | 'B', Map<string, LogLine[]>>;
  const traceOf = ({ answer }: Chain): string =>
    bodyOf(answer)
      .there.received.find(([name]) => name.toLowerCase() === 'traceparent')?.[1]
      .split('-')[1] ?? '';

  beforeAll(async () => {
    for (let i = 0; i < CHAINS; i++) {
      // Every other trace begins at the client, the rest in the first service.
      const caller = i % 2 === 0 ? { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') } : undefined;
      chains.push({ id: `chain-${i}@${randomBytes(4).toString('hex')}`, caller, answer: undefined });
    }
    const connections: PipelinedConnection[] = [];
    for (let i = 0; i < CONNECTIONS; i += 200) {
      connections.push(...(await Promise.all(Array.from({ length: 200 }, () => PipelinedConnection.open(port)))));
    }
    const requestOf = ({ id, caller }: Chain): string =>
      [
        'GET /held HTTP/1.1',
        'Host: a',
        `X-Correlation-Id: ${id}`,
        ...(caller === undefined ? [] : [`traceparent: 00-${caller.traceId}-${caller.spanId}-01`]),
        '\r\n',
      ].join('\r\n');
    await Promise.all(
      connections.map(async (connection, at) => {
        const own = chains.filter((_, i) => i % CONNECTIONS === at);
        const answers = await connection.send(own.map(requestOf));
        own.forEach((chain, i) => (chain.answer = answers[i]));
        connection.close();
      }),
    );
    await receiver.until(() => receiver.spans.length >= 4 * CHAINS, 60_000);
    spans = groupBy(receiver.spans, ({ traceId }) => traceId);
    const linesOf = (service: ServiceProcess): Map<string, LogLine[]> =>
      groupBy(service.lines, ({ correlationID }) => String(correlationID));
    lines = { A: linesOf(first), B: linesOf(second) };
  }, 120_000);

  test('are all in the first service at the same time, and all answered', () => {
    // It holds each until the last one has come: none could be answered before.
    expect(chains.filter(({ answer }) => answer?.status !== 200)).toEqual([]);
  });

  test('the correlation id is the chain’s own in the echo, in both services and on what goes out', () => {
    const tally = new Tally();
    for (const { id, answer } of chains) {
      const body = bodyOf(answer);
      tally.check('echo', answer?.headers['x-correlation-id'] === id);
      tally.check('in the first', body.correlationId === id);
      tally.check('in the second', body.there.correlationId === id);
      const sent = body.there.received.filter(([name]) => name.toLowerCase() === 'x-correlation-id').map(([, value]) => value);
      tally.check('on what goes out', sent.length === 1 && sent[0] === id);
    }
    expect(tally.wrong).toEqual({});
  });

  test('and on every log line of both, with the trace id of the same chain', () => {
    const tally = new Tally();
    for (const chain of chains) {
      const messages = (service: 'A' | 'B'): string[] => (lines[service].get(chain.id) ?? []).map(({ msg }) => msg).sort();
      tally.check('lines of the first', String(messages('A')) === 'called,calling,held');
      tally.check('lines of the second', String(messages('B')) === 'looked up');
      const all = [...(lines.A.get(chain.id) ?? []), ...(lines.B.get(chain.id) ?? [])];
      tally.check(
        'trace id of a line',
        all.every(({ trace_id }) => trace_id === traceOf(chain)),
      );
    }
    expect(tally.wrong).toEqual({});
  });

  test('each trace is one chain: one root, no orphan, no span of another', () => {
    const tally = new Tally();
    for (const chain of chains) {
      const own = spans.get(traceOf(chain)) ?? [];
      const one = (service: string, kind: number): ReceivedSpan | undefined => own.find((s) => s.service === service && s.kind === kind);
      const [server, call, answering, step] = [one('A', SERVER), one('A', CLIENT), one('B', SERVER), one('B', INTERNAL)];
      tally.check('spans of a trace', own.length === 4);
      tally.check('root', server?.parentSpanId === (chain.caller?.spanId ?? ''));
      tally.check('the client’s trace', chain.caller === undefined || server?.traceId === chain.caller.traceId);
      tally.check('call below its request', call !== undefined && call.parentSpanId === server?.spanId);
      tally.check('request below its call', answering !== undefined && answering.parentSpanId === call?.spanId);
      tally.check('step below its request', step !== undefined && step.parentSpanId === answering?.spanId);
      const logged = (service: 'A' | 'B'): string =>
        String([...new Set((lines[service].get(chain.id) ?? []).map(({ span_id }) => span_id))]);
      tally.check('span id of lines', logged('A') === server?.spanId && logged('B') === step?.spanId);
    }
    expect(tally.wrong).toEqual({});
    expect({ traces: spans.size, spans: receiver.spans.length }).toEqual({ traces: CHAINS, spans: 4 * CHAINS });
    expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(4 * CHAINS);
  });
});

describe('a hostile correlation id', () => {
  // Each holds a word that would be seen if any of it were let through.
  const hostile: [string, string][] = [
    ['a line of its own', '{"lvl":"fatal","msg":"M4LICE"}'],
    ['the end of a JSON string', 'x","lvl":"fatal","note":"M4LICE'],
    ['a terminal’s escape sequence', '\xc2\x9b31mM4LICE'],
    ['markup', '<script>M4LICE</script>'],
    ['a shell’s substitution', '$(M4LICE)'],
    ['a look-up', '${jndi:ldap://M4LICE/a}'],
    ['spaces', 'M4LICE M4LICE'],
    ['a tab', 'M4LICE\tx'],
    ['percent-encoded line ends', 'M4LICE%0d%0aX-Evil: 1'],
    ['bytes of no character set', 'M4LICE\xff\xfe'],
    ['UTF-8', 'M4LICE-\xc3\xa9'],
    ['129 characters', `M4LICE${'x'.repeat(123)}`],
    ['eight kilobytes', `M4LICE${'x'.repeat(8000)}`],
    ['a prototype', 'M4LICE[__proto__]'],
    ['a path', 'M4LICE\\..\\..'],
    ['nothing', ''],
  ];

  async function ask(...lines: string[]): Promise<{ echoed: string; body: Body; raw: string }> {
    const { text, statuses } = await exchange(port, [
      `GET /call HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines.join('\r\n')}\r\n\r\n`,
    ]);
    expect(statuses).toEqual([200]);
    const echoed = [...text.matchAll(/^x-correlation-id: ([^\r]*)/gim)].map(([, value]) => value ?? '');
    expect(echoed).toHaveLength(1);
    return { echoed: echoed[0] ?? '', body: JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Body, raw: text };
  }

  async function expectReplaced(...lines: string[]): Promise<void> {
    const { echoed, body, raw } = await ask(...lines);
    expect(echoed).toMatch(UUID);
    expect([body.correlationId, body.there.correlationId]).toEqual([echoed, echoed]);
    expect(raw).not.toContain('M4LICE');
    await Promise.all([first, second].map((service) => service.lineWith({ correlationID: echoed })));
    for (const service of [first, second]) expect(service.dump()).not.toContain('M4LICE');
  }

  test.each(hostile)('%s: is replaced by a new one, never echoed, never logged, never sent on', async (_, id) => {
    await expectReplaced(`X-Correlation-Id: ${id}`);
  });

  test('two of them are none', async () => {
    await expectReplaced('X-Correlation-Id: M4LICE-1', 'x-correlation-id: M4LICE-2');
  });

  test('one of 128 characters of those that are allowed is kept', async () => {
    const id = `AZaz09._:/+=@-${'x'.repeat(114)}`;
    const { echoed, body } = await ask(`x-CORRELATION-id: ${id}`);
    expect([echoed, body.correlationId, body.there.correlationId]).toEqual([id, id, id]);
  });
});
