import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exchange } from '../../raw-client.ts';
import { OtlpReceiver, type ReceivedSpan } from '../../support/otlp/receiver.ts';
import { endAll, ServiceProcess } from '../../support/service-process.ts';
import { baggageRules } from './rules/baggage.ts';
import type { Rule } from './rules/rule.ts';
import { traceparentRules } from './rules/traceparent.ts';
import { tracestateRules } from './rules/tracestate.ts';
import { uberTraceIdRules } from './rules/uber-trace-id.ts';

const SPAN = '00f067aa0ba902b7';
const SERVER = 2;
const CLIENT = 3;

const rules = [
  ...traceparentRules.map((rule) => ['Trace Context', rule] as const),
  ...tracestateRules.map((rule) => ['Trace Context', rule] as const),
  ...baggageRules.map((rule) => ['Baggage', rule] as const),
  ...uberTraceIdRules.map((rule) => ['Jaeger', rule] as const),
].map(([specification, rule]): [string, Rule] => [`${specification} ${rule.section}: ${rule.title}`, rule]);

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await OtlpReceiver.open();
});
afterAll(async () => {
  await endAll();
  await receiver.close();
});

/** Starts the two links, A that calls B. @returns the port of A */
async function chain(env: Record<string, string>): Promise<number> {
  const start = (link: string, next = ''): ServiceProcess =>
    new ServiceProcess('chain.mjs', [], { PATRON_HTTP_DEFAULT_PORT: '0', LINK: link, NEXT: next, ...env });
  const last = await start('B').port();
  return start('A', String(last)).port();
}

interface Arrived {
  /** The trace id that stands for `<trace>`. */
  trace: string;
  /** What the second service got. */
  get(name: string): string | undefined;
}

/** Sends a rule's request to A. */
async function send(port: number, rule: Rule): Promise<Arrived> {
  const trace = randomBytes(16).toString('hex');
  const lines = ['GET /call HTTP/1.1', 'Host: a', 'Connection: close', ...rule.send.map((line) => fill(line, trace))];
  const { text, statuses } = await exchange(port, [`${lines.join('\r\n')}\r\n\r\n`]);
  expect(statuses).toEqual([200]);
  const { there } = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as { there: { received: [string, string][] } };
  return {
    trace,
    get(name) {
      const values = there.received.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
      expect(values.length).toBeLessThanOrEqual(1);
      return values[0];
    },
  };
}

const fill = (text: string, trace: string): string => text.replaceAll('<trace>', trace).replaceAll('<span>', SPAN);

/** What the rule says of the headers that arrive, whether something is recorded or not. @returns the `traceparent` in its parts */
function expectHeaders(rule: Rule, { trace, get }: Arrived): { traceId: string; spanId: string; flags: string } {
  const header = get('traceparent') ?? 'none';
  expect(header).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]$/);
  const [, traceId = '', spanId = '', flags = ''] = header.split('-');
  if (rule.goesOnWith === undefined) expect(rule.send.map((line) => fill(line, trace)).join('\n')).not.toContain(traceId);
  else expect({ traceId, flags }).toEqual({ traceId: fill(rule.caller?.trace ?? '<trace>', trace), flags: rule.goesOnWith });
  expect({ tracestate: get('tracestate'), baggage: get('baggage') }).toEqual({ tracestate: rule.tracestate, baggage: rule.baggage });
  return { traceId, spanId, flags };
}

const isSampled = (flags: string): boolean => (Number(flags) & 1) === 1;

describe('where nothing is recorded, the caller’s trace passes through a service to the next', () => {
  let port: number;
  beforeAll(async () => {
    port = await chain({});
  });

  test.each(rules)('%s', async (_, rule) => {
    const { spanId, flags } = expectHeaders(rule, await send(port, rule));
    if (rule.goesOnWith === undefined) expect(flags).toBe('00');
    else expect(spanId).toBe(fill(rule.caller?.span ?? '<span>', ''));
  });
});

describe('where traces are recorded, the next service’s parent is the span of the call, and that one’s the caller', () => {
  let port: number;
  beforeAll(async () => {
    port = await chain({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '5',
      PATRON_JAEGER_SAMPLER_TYPE: 'const',
      PATRON_JAEGER_SAMPLER_PARAM: '1',
    });
  });

  test.each(rules)('%s', async (_, rule) => {
    const arrived = await send(port, rule);
    const { traceId, spanId, flags } = expectHeaders(rule, arrived);
    const caller = fill(rule.caller?.span ?? '<span>', '');
    if (rule.goesOnWith === undefined) expect(flags).toBe('01'); // the sampler’s decision
    if (!isSampled(flags)) {
      expect(spanId).toBe(caller);
      return;
    }
    const spans = await receiver.trace(traceId, 4);
    const one = (service: string, kind: number): ReceivedSpan => {
      const found = spans.filter((span) => span.service === service && span.kind === kind);
      expect(found).toHaveLength(1);
      return found[0] as ReceivedSpan;
    };
    const [first, call, second] = [one('A', SERVER), one('A', CLIENT), one('B', SERVER)];
    expect(first.parentSpanId).toBe(rule.goesOnWith === undefined ? '' : caller);
    expect(call.parentSpanId).toBe(first.spanId);
    expect([spanId, second.parentSpanId]).toEqual([call.spanId, call.spanId]);
    for (const span of [first, call, second]) expect(span.traceState).toBe(rule.tracestate ?? '');
  });

  test('a trace that the caller did not sample leaves no span', async () => {
    const unsampled = traceparentRules.filter(({ goesOnWith }) => goesOnWith !== undefined && !isSampled(goesOnWith));
    const traces: string[] = [];
    for (const rule of unsampled) traces.push((await send(port, rule)).trace);
    const later = await send(port, traceparentRules[1] as Rule); // its spans come after those, had there been any
    await receiver.trace(later.trace, 4);
    expect(receiver.spans.filter(({ traceId }) => traces.includes(traceId))).toEqual([]);
  });
});
