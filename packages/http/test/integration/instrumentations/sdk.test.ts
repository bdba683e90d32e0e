import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endAll } from '../../../../core/test/support/service-process.ts';
import { type Databases, missingDatabase, startDatabases } from './databases.ts';
import { CALLER, correlationIds, type Order, orders } from './requests.ts';
import { treeOf } from './trace-tree.ts';
import { importing, type Shop, visit, type Visited } from './visit.ts';

const missing = missingDatabase();
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (missing !== undefined && !isRequired) console.warn(`left out: ${missing}, so nothing checks an OpenTelemetry SDK beside patron`);
const describeHere = missing === undefined || isRequired ? describe : describe.skip;

const REGISTER = ['--import', '@opentelemetry/auto-instrumentations-node/register'];
const REGISTER_AND_HOOK = [importing('sdk-and-hook.mjs')];

const TREE = [
  'SERVER GET /orders/:id (shop)',
  '  CLIENT pg-pool.connect (shop)',
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

let databases: Databases;

/** Orders, then what fails, what is missing, and what patron counted of it. */
async function everything(shop: Shop): Promise<{ answers: Order[]; statuses: number[]; metrics: string }> {
  const answers = await orders(shop);
  const statuses: number[] = [];
  for (const path of ['/fail', '/missing', '/nowhere']) statuses.push((await fetch(`${shop.url}${path}`)).status);
  return { answers, statuses, metrics: await (await fetch(`${shop.url}/metrics`)).text() };
}

describeHere('an OpenTelemetry SDK that was registered first', () => {
  beforeAll(async () => {
    databases = await startDatabases();
  });
  afterAll(async () => {
    await endAll();
    await databases?.stop();
  });

  describe.each([
    ['routes', 'by --import .../register', REGISTER, []],
    ['routes', 'by --import of register and of the hook for imported modules', REGISTER_AND_HOOK, ['node:http']],
    ['an express app', 'by --import of register and of the hook for imported modules', REGISTER_AND_HOOK, ['node:http', 'express']],
  ] as const)('%s, %s', (kind, _, flags, args) => {
    let seen: Awaited<ReturnType<typeof everything>>;
    let visited: Visited;
    beforeAll(async () => {
      visited = await visit(databases, { flags, args, ask: async (shop) => (seen = await everything(shop)) });
    }, 90_000);

    test('one trace, one root, one SERVER span per request and service, one CLIENT span per call, no orphan', () => {
      // What only imports ioredis is not seen by register alone, which patches what is required.
      const expected = flags === REGISTER ? TREE.filter((line) => !line.includes('CLIENT get ')) : [...TREE, ...BY_NODE];
      const begun = visited.spans.find(({ name, parentId }) => name === 'GET /orders/:id' && parentId === undefined);
      expect(treeOf(visited.spans, begun?.traceId ?? '')).toEqual(expected.toSpliced(2, 0, '    CLIENT pg.connect (shop)'));
      expect(treeOf(visited.spans, CALLER.traceId, CALLER.spanId)).toEqual(expected);
    });

    test('the SDK exports, and patron does not', () => {
      expect([...new Set(visited.spans.map(({ sdk }) => sdk))]).toEqual(['opentelemetry']);
      expect(new Set(visited.spans.map(({ spanId }) => spanId)).size).toBe(visited.spans.length);
      expect(visited.shop.find(({ msg }) => msg === 'tracing')).toMatchObject({ context: 'sdk' });
    });

    test('every request has its route, its status, and its error once', () => {
      expect(seen.statuses).toEqual([500, 404, 404]);
      const of = (name: string) => visited.spans.filter((span) => span.kind === 'SERVER' && span.name === name);
      expect(of('GET /fail')).toMatchObject([{ failed: true, attributes: { 'http.route': '/fail', 'error.type': '500' } }]);
      expect(of('GET /missing')).toMatchObject([{ failed: false, attributes: { 'http.route': '/missing' }, events: [] }]);
      expect(of('GET').filter(({ attributes }) => attributes['url.path'] === '/nowhere')).toMatchObject([{ failed: false }]);
      expect(Number(of('GET /fail')[0]?.attributes['http.response.status_code'])).toBe(500);
      // Of an express app its own instrumentations tell what was thrown.
      if (kind === 'routes') expect(of('GET /fail')[0]?.events).toEqual(['exception']);
    });

    test('one correlation id goes through all of it, by instrumented calls too', () => {
      expect(seen.answers.map(correlationIds)).toEqual([[seen.answers[0]?.correlationId], ['order-1'], ['order-2']]);
    });

    test('log lines carry the ids of the span, and the metrics are patron’s', () => {
      const lines = visited.shop.filter(({ msg }) => msg === 'an order');
      const servers = visited.spans.filter(({ name, service }) => name === 'GET /orders/:id' && service === 'shop');
      expect(servers).toHaveLength(2);
      for (const [i, { traceId, spanId }] of servers.entries()) expect(lines[i]).toMatchObject({ trace_id: traceId, span_id: spanId });
      const counted = seen.metrics.split('\n').filter((line) => line.startsWith('http_server_request_duration_seconds_count{'));
      // What express's instrumentation calls a route is known to the span, and not to patron.
      const route = kind === 'routes' ? 'http_route="/orders/:id",' : '';
      expect(counted).toContain(
        `http_server_request_duration_seconds_count{http_request_method="GET",url_scheme="http",${route}http_response_status_code="200"} 3`,
      );
    });

    test('the stop is an orderly one', () => {
      expect(visited.codes).toEqual([0, 0]);
      expect(visited.shop.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['stop: telemetry flushed', 'stopped']));
    });
  });

  test.each([
    ['by --import, with register’s own end at SIGTERM', REGISTER_AND_HOOK, []],
    ['in code, with the end of the process after its own', [], ['sdk']],
  ] as const)(
    '%s: a request that is in flight at the stop is answered, and its spans are exported',
    async (_, flags, args) => {
      let answer: Promise<string> | undefined;
      const { spans, shop, codes } = await visit(databases, {
        flags,
        args,
        async ask({ url, process }) {
          answer = fetch(`${url}/slow`).then(async (response) => response.text());
          await process.line('slow');
        },
      });
      expect(await answer).toBe('done');
      const slow = spans.find(({ name }) => name === 'GET /slow');
      expect(treeOf(spans, slow?.traceId ?? '').slice(0, 2)).toEqual(['SERVER GET /slow (shop)', '  CLIENT GET (shop)']);
      expect(shop.at(-1)).toMatchObject({ msg: 'stopped' });
      expect(codes[0]).toBe(0);
    },
    90_000,
  );

  test.each([
    ['always_off', { OTEL_TRACES_SAMPLER: 'always_off' }],
    ['parentbased_traceidratio of 0', { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }],
  ])(
    'its sampler decides: %s',
    async (name, env) => {
      let answers: Order[] = [];
      const { spans, shop } = await visit(databases, {
        flags: REGISTER_AND_HOOK,
        env,
        ask: async (asked) => (answers = await orders(asked)),
      });
      expect([...new Set(spans.map(({ traceId }) => traceId))]).toEqual(name === 'always_off' ? [] : [CALLER.traceId]);
      if (name !== 'always_off') expect(treeOf(spans, CALLER.traceId, CALLER.spanId)).toEqual(TREE);
      expect(answers.map(correlationIds)).toEqual([[answers[0]?.correlationId], ['order-1'], ['order-2']]);
      // Nobody will find a trace that is neither recorded nor received.
      expect(shop.filter(({ msg }) => msg === 'an order').map((line) => 'trace_id' in line)).toEqual([false, true, true]);
    },
    90_000,
  );

  test('one that comes too late is told so, and patron’s tracing goes on', async () => {
    const { spans, shop } = await visit(databases, {
      flags: [],
      args: ['late-sdk'],
      env: { PATRON_JAEGER_SAMPLER_TYPE: 'const', PATRON_JAEGER_SAMPLER_PARAM: '1' },
      async ask(asked) {
        await asked.process.line(/^an OpenTelemetry SDK was started after/);
        await orders(asked);
        // Its example ends the process at SIGTERM, and nothing of it is registered: what is queued has to be out by then.
        asked.process.kill('SIGINT');
        await asked.process.ended();
      },
    });
    expect(shop.filter(({ lvl }) => lvl === 'warn')).toHaveLength(1);
    expect([...new Set(spans.map(({ sdk }) => sdk))]).toEqual(['patron']);
    expect(treeOf(spans, CALLER.traceId, CALLER.spanId)[0]).toBe('SERVER GET /orders/:id (shop)');
  }, 90_000);
});
