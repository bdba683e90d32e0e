import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endAll } from '../../../../core/test/support/service-process.ts';
import { type Databases, missingDatabase, startDatabases } from './databases.ts';
import { CALLER, correlationIds, type Order, orders, UNSAMPLED } from './requests.ts';
import { treeOf } from './trace-tree.ts';
import { importing, visit, type Visited } from './visit.ts';

const missing = missingDatabase();
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (missing !== undefined && !isRequired) console.warn(`left out: ${missing}, so nothing checks the instrumentations of others`);
const describeHere = missing === undefined || isRequired ? describe : describe.skip;

const ALL = { PATRON_JAEGER_SAMPLER_TYPE: 'const', PATRON_JAEGER_SAMPLER_PARAM: '1' };
const NONE = { PATRON_JAEGER_SAMPLER_TYPE: 'const', PATRON_JAEGER_SAMPLER_PARAM: '0' };

/** The calls of an order, after those of its database's pool. */
const CALLS = [
  '  CLIENT pg.query:SELECT postgres (shop)',
  '  CLIENT get (shop)',
  '  CLIENT GET (shop)',
  '    SERVER GET /stock/:item (warehouse)',
  '  CLIENT GET (shop)',
  '    SERVER GET /stock/:item (warehouse)',
  '  INTERNAL count (shop)',
  '    CLIENT GET (shop)',
  '      SERVER GET /stock/:item (warehouse)',
  '  CLIENT ask the warehouse (shop)',
  '    SERVER GET /stock/:item (warehouse)',
];
const BY_NODE = ['  CLIENT GET (shop)', '    SERVER GET /stock/:item (warehouse)'];

test('the page about tracing shows how instrumentations are loaded as they are here', () => {
  const here = new URL('services/instrumentations.mjs', import.meta.url);
  const page = new URL('../../../../../docs/tracing.md', import.meta.url);
  const code = readFileSync(here, 'utf8').replace(/^\/\/.*\n/, '');
  expect(readFileSync(page, 'utf8')).toContain(`\`\`\`ts\n${code}\`\`\``);
});

let databases: Databases;

describeHere('instrumentations without an SDK', () => {
  beforeAll(async () => {
    databases = await startDatabases();
  });
  afterAll(async () => {
    await endAll();
    await databases?.stop();
  });

  describe('pg, ioredis and undici', () => {
    let answers: Order[];
    let visited: Visited;
    beforeAll(async () => {
      visited = await visit(databases, {
        flags: [importing('instrumentations.mjs')],
        env: ALL,
        ask: async (shop) => (answers = await orders(shop)),
      });
    }, 60_000);

    test('join the trace that begins here: one root, one SERVER span per request and service, one CLIENT span per call', () => {
      const { traceId } = visited.spans.find(({ kind, parentId }) => kind === 'SERVER' && parentId === undefined) ?? {};
      expect(treeOf(visited.spans, traceId ?? '')).toEqual(['SERVER GET /orders/:id (shop)', ...CALLS]);
    });

    test('join a caller’s trace', () => {
      expect(treeOf(visited.spans, CALLER.traceId, CALLER.spanId)).toEqual(['SERVER GET /orders/:id (shop)', ...CALLS]);
    });

    test('record nothing of a trace that its caller did not sample, and nothing beside the two', () => {
      expect(visited.spans.map(({ traceId }) => traceId)).not.toContain(UNSAMPLED.traceId);
      expect(new Set(visited.spans.map(({ traceId }) => traceId)).size).toBe(2);
    });

    test('carry the correlation id onwards, whether a trace is recorded or not', () => {
      expect(answers.map(correlationIds)).toEqual([[answers[0]?.correlationId], ['order-1'], ['order-2']]);
    });

    test('find the span of the request in the handler, and so does the log', () => {
      const lines = visited.shop.filter(({ msg }) => msg === 'an order');
      const servers = visited.spans.filter(({ kind, service }) => kind === 'SERVER' && service === 'shop');
      for (const [i, server] of servers.entries()) {
        const ids = { traceId: server.traceId, spanId: server.spanId };
        expect(lines[i]).toMatchObject({ trace_id: ids.traceId, span_id: ids.spanId, active: ids });
      }
      expect(servers).toHaveLength(2);
      expect(visited.codes).toEqual([0, 0]);
    });
  });

  test('of all kinds, http and express among them: the request’s span is adopted and named, none is doubled, the export makes none', async () => {
    let answers: Order[] = [];
    const { spans, codes } = await visit(databases, {
      flags: [importing('instrumentations-all.mjs')],
      args: ['node:http'],
      env: ALL,
      ask: async (shop) => (answers = await orders(shop)),
    });
    const tree = ['SERVER GET /orders/:id (shop)', '  CLIENT pg-pool.connect (shop)', ...CALLS, ...BY_NODE];
    expect(treeOf(spans, CALLER.traceId, CALLER.spanId)).toEqual(tree);
    expect(spans.filter(({ kind }) => kind === 'SERVER').map(({ scope }) => scope)).toEqual(expect.not.arrayContaining(['@patron/trace']));
    expect(spans.filter(({ attributes }) => String(attributes['url.full']).includes('/v1/traces'))).toEqual([]);
    expect(answers.map(correlationIds)).toEqual([[answers[0]?.correlationId], ['order-1'], ['order-2']]);
    expect(codes).toEqual([0, 0]);
  }, 60_000);

  test.each([
    ['with a sampler of 0.0', { ...NONE }],
    ['without an exporter', { OTEL_TRACES_EXPORTER: 'none' }],
  ])(
    '%s nothing is exported, and everything still works',
    async (_, env) => {
      let answers: Order[] = [];
      const { spans, codes, shop } = await visit(databases, {
        flags: [importing('instrumentations-all.mjs')],
        args: ['node:http'],
        env,
        ask: async (asked) => (answers = (await orders(asked)).toSpliced(1, 1)),
      });
      expect(spans.filter(({ traceId }) => traceId !== CALLER.traceId)).toEqual([]);
      expect(answers.map(correlationIds)).toEqual([[answers[0]?.correlationId], ['order-2']]);
      // A trace that is not recorded has ids all the same: zeros would be no header.
      expect(answers.map(({ traceparent }) => traceparent)).toEqual([
        expect.stringMatching(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/),
        `00-${UNSAMPLED.traceId}-${UNSAMPLED.spanId}-00`,
      ]);
      expect(shop.find(({ msg }) => msg === 'an order')).not.toHaveProperty('trace_id');
      expect(codes).toEqual([0, 0]);
    },
    60_000,
  );
});
