import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const packages = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const root = mkdtempSync(join(tmpdir(), 'patron-copies-'));

/** A tree of its own, as npm makes one where two versions are asked for: built packages, and their dependencies beside them. */
function plant(tree: string): void {
  for (const name of ['log', 'trace']) {
    const target = join(root, tree, 'node_modules', '@patron', name);
    cpSync(join(packages, name, 'dist'), join(target, 'dist'), { recursive: true });
    cpSync(join(packages, name, 'package.json'), join(target, 'package.json'));
  }
  const beside = join(root, tree, 'node_modules');
  // The OpenTelemetry API is doubled too; what it shares, it shares by a global symbol of its own.
  cpSync(realpathSync(join(packages, 'trace', 'node_modules', '@opentelemetry', 'api')), join(beside, '@opentelemetry', 'api'), {
    recursive: true,
  });
  const modules = join(packages, 'log', 'node_modules');
  for (const name of readdirSync(modules).filter((entry) => !entry.startsWith('.') && !entry.startsWith('@'))) {
    mkdirSync(beside, { recursive: true });
    symlinkSync(realpathSync(join(modules, name)), join(beside, name));
  }
}

const SCRIPT = `
import * as a from './a/node_modules/@patron/trace/dist/index.js';
import * as b from './b/node_modules/@patron/trace/dist/index.js';
import * as logA from './a/node_modules/@patron/log/dist/index.js';
import * as logB from './b/node_modules/@patron/log/dist/index.js';
import otelA from './a/node_modules/@opentelemetry/api/build/src/index.js';
import otelB from './b/node_modules/@opentelemetry/api/build/src/index.js';
import { memoryLog } from './a/node_modules/@patron/log/dist/testing.js';

const memory = memoryLog();
logA.setup(memory);
const options = {
  kind: 'server',
  duration: { name: 'copies_duration_seconds', help: 'For this test.' },
  active: { name: 'copies_active', help: 'For this test.', labels: [] },
  labels: ['route'],
  statusLabel: 'status',
};
const describeIn = (copy, route) => copy.defineTransport(options).operation({ name: route, labels: { route } });
const [first, second] = [describeIn(a, '/'), describeIn(b, '/')];
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const incoming = new a.ObjectCarrier({ 'x-correlation-id': 'order-1', traceparent: TRACEPARENT });
const result = { apart: a !== b && a.inbound !== b.inbound && logA.log !== logB.log && otelA.trace !== otelB.trace };

await a.inbound(first, incoming, async (active) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  result.correlationId = b.correlationId();
  result.sameOperation = b.activeOperation() === active;
  logB.fromContext().info('by the logger of the context');
  logB.log.info('by the logger of everywhere');
  result.traceIds = [otelA, otelB].map(({ trace }) => trace.getActiveSpan()?.spanContext().traceId);
  const headers = {};
  await b.outbound(second, new b.ObjectCarrier(headers), async () => undefined);
  result.outgoing = headers;
  result.nested = b.withCorrelationId('order-2', () => a.correlationId());
});
result.outside = [a.correlationId(), b.correlationId()];

a.inbound(first, undefined, (active) => {
  active.become(describeIn(b, '/named'));
});
result.lines = memory.lines.map(({ message, fields }) => [message, fields.correlationID, fields.trace_id]);
logB.setLevel('error');
logA.log.info('switched off by the other copy');
result.silent = memory.lines.length === result.lines.length;
result.sameRegistry = a.metrics === b.metrics;
await a.setup(); await b.setup();
const text = await b.metrics.scrape();
result.counts = text.split('\\n').filter((line) => /^copies_(duration_seconds_count|active)/.test(line));
result.processMetrics = text.split('\\n').filter((line) => line.startsWith('process_start_time_seconds ')).length;
console.log(JSON.stringify(result));
`;

interface Result {
  apart: boolean;
  correlationId: string;
  sameOperation: boolean;
  traceIds: string[];
  outgoing: Record<string, string>;
  nested: string;
  outside: unknown[];
  lines: [string, string, string][];
  silent: boolean;
  sameRegistry: boolean;
  counts: string[];
  processMetrics: number;
}

describe('two copies of @patron/log and @patron/trace in one process', () => {
  let result: Result;

  beforeAll(() => {
    plant('a');
    plant('b');
    writeFileSync(join(root, 'main.mjs'), SCRIPT);
    const env = { ...process.env, NODE_OPTIONS: '' };
    result = JSON.parse(execFileSync(process.execPath, ['main.mjs'], { cwd: root, env, encoding: 'utf8', timeout: 20_000 })) as Result;
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('are two copies', () => {
    expect(result.apart).toBe(true);
  });

  test('share one context: what one binds the other finds', () => {
    expect(result).toMatchObject({ correlationId: 'order-1', sameOperation: true, nested: 'order-2', outside: [null, null] });
    expect(result.traceIds).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736', '4bf92f3577b34da6a3ce929d0e0e4736']);
    expect(result.outgoing).toMatchObject({
      'x-correlation-id': 'order-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
  });

  test('share one log: the set-up, the level and the context logger', () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(result.lines).toEqual([
      ['by the logger of the context', 'order-1', trace],
      ['by the logger of everywhere', 'order-1', trace],
    ]);
    expect(result.silent).toBe(true);
  });

  test('share one registry, in which an operation of one may become one of the other', () => {
    expect(result.sameRegistry).toBe(true);
    expect(result.counts).toEqual([
      'copies_duration_seconds_count{route="/",status="ok"} 2',
      'copies_duration_seconds_count{route="/named",status="ok"} 1',
      'copies_active 0',
    ]);
    expect(result.processMetrics).toBe(1);
  });
});
