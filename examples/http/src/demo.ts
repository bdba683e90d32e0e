import { fileURLToPath } from 'node:url';
import { type Collector, startCollector } from './demo/collector.ts';
import type { DemoKafka } from './demo/kafka.ts';
import { findKafka } from './demo/find-kafka.ts';
import { Narrator } from './demo/narrator.ts';
import { type Line, type Program, startProgram } from './demo/program.ts';
import { traceProblems } from './demo/trace-problems.ts';
import { waterfall } from './demo/waterfall.ts';

const say = new Narrator(process.stdout);
const running: Program[] = [];
const problems: string[] = [];

/** What the shop does for an order, and the warehouse for the shop. */
const ORDER = ['shop: POST /orders', 'shop: price the order', 'shop: POST', 'warehouse: POST /reservations', 'warehouse: find the shelf'];
/** What Kafka carries on. */
const PARCEL = ['shop: send order.placed', 'shipping: process order.placed', 'shipping: pack the parcel'];

async function demo(collector: Collector, kafka: DemoKafka | undefined): Promise<void> {
  say.title('patron demo: what a dozen lines of code get');
  say.code(`new Service({
  name: 'shop',
  http: routes([
    get('/stock/:item', ({ params }) => { log.info('looked up', …); … }),
    post('/orders', async ({ body }) => {
      await withSpan('price the order', …);
      await warehouse.post('/reservations', …);
      await kafka.send({ topic: 'order.placed', … });
    }, { body: schema }),
  ]),
}).run();`);

  const tracing = {
    PATRON_JAEGER_AGENT_HOST: '127.0.0.1',
    PATRON_JAEGER_AGENT_PORT: String(collector.port),
    PATRON_JAEGER_SAMPLER_TYPE: 'const',
    PATRON_JAEGER_SAMPLER_PARAM: '1',
    // What the collector of this demo understands, and how soon it hears of a span: for a demo only.
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  };
  const brokers: Record<string, string> = kafka === undefined ? {} : { KAFKA_BROKERS: kafka.brokers };
  await kafka?.createTopic('order.placed');
  say.detail(kafka === undefined ? 'starting two processes …' : 'starting Kafka and three processes …');
  const shipping = kafka === undefined ? undefined : await start('shipping.js', { ...tracing, ...brokers });
  const warehouse = await start('warehouse.js', tracing);
  const shop = await start('main.js', {
    ...tracing,
    ...brokers,
    WAREHOUSE_URL: warehouse.address,
    PATRON_SHUTDOWN_DELAY: '500ms',
    PATRON_SHUTDOWN_TIMEOUT: '10s',
  });
  const names = shipping === undefined ? 'shop and warehouse' : 'shop, warehouse and shipping';
  say.step(`${names} are processes of their own; the shop was ready after ${shop.readyMs} ms, at ${shop.address}`);

  const id = 'demo-4711';
  const answer = await shop.get('/stock/tea', { 'x-correlation-id': id });
  say.step(`GET /stock/tea -> ${answer.status} ${await answer.text()}, X-Correlation-Id: ${answer.headers.get('x-correlation-id')}`);

  await shop.post('/orders', { item: 'coffee' }, {});
  await shipping?.line('shipped', 'coffee');
  const ordered = await shop.post('/orders', { item: 'tea' }, { 'x-correlation-id': id });
  const on = shipping === undefined ? '' : ', and through Kafka to shipping';
  say.step(`POST /orders -> ${ordered.status}, the second time. One trace, through the shop and the warehouse that it calls${on}:`);
  const traceId = (await shop.line('ordered', 'tea')).trace_id ?? '';
  await shipping?.line('shipped', 'tea');
  await show(collector, traceId, shipping === undefined ? ORDER : [...ORDER, ...PARCEL]);
  const programs = [shop, warehouse, ...(shipping === undefined ? [] : [shipping])];
  const lines = programs.flatMap((program) => program.linesOf(id)).filter((line) => line.trace_id === traceId);
  say.step(`its log lines, of all processes, with the caller's id, which nobody passed on by hand:`);
  for (const line of lines.sort((a, b) => (a.time ?? '').localeCompare(b.time ?? ''))) say.detail(oneLine(line));
  const wanted = shipping === undefined ? 3 : 5;
  expect(lines.length === wanted, `${wanted} log lines carry id and trace, not ${lines.length}`);

  const failing = 'demo-4712';
  const failed = await shop.post('/orders', { item: 'gold' }, { 'x-correlation-id': failing });
  say.step(`an order that fails in the warehouse -> ${failed.status}. Its trace says where and why:`);
  await show(collector, shop.linesOf(failing)[0]?.trace_id ?? '', ORDER);
  expect(
    ordered.status === 201 && failed.status === 502,
    `orders are answered with 201 and 502, not ${ordered.status} and ${failed.status}`,
  );
  say.step('to see yours in a collector, npm install @opentelemetry/sdk-node@0.223, and set');
  say.detail('PATRON_JAEGER_AGENT_HOST=jaeger   spans go to http://jaeger:4318/v1/traces');
  say.detail('PATRON_JAEGER_SAMPLER_PARAM=0.01  one trace in 100; this demo took them all');

  const bad = await shop.post('/orders', { item: '' }, {});
  say.step(`a bad order is answered before the handler: ${bad.status} ${await bad.text()}`);

  if (kafka !== undefined && shipping !== undefined) await poison(kafka, shipping);

  const moved = 'http_server_request_duration_seconds_count';
  say.step(`metrics that moved, for Prometheus at /metrics: ${moved}`);
  for (const line of await shop.metrics(moved))
    say.detail(line.slice(moved.length).replace(/http_request_method="\w+",url_scheme="http"/, '…'));

  await stop(shop, shipping, kafka);
  warehouse.stop();
  const { code } = await warehouse.exited;
  expect(code === 0, `the warehouse ends with 0, not ${code}`);
}

/** A record that no handler can take does not hold up those behind it. */
async function poison(kafka: DemoKafka, shipping: Program): Promise<void> {
  await kafka.send('order.placed', 'tea', 'two teas, please');
  await shipping.line('message failed for good, sent to the dead letters');
  const headers = await kafka.headersOf('order.placed.dead');
  const of = (name: string): string => headers[`x-dead-letter-${name}`] ?? '?';
  say.step('a record that is no JSON is in order.placed.dead, and its headers say why:');
  say.detail(`x-dead-letter-id: ${of('id')}   x-dead-letter-consumer: ${of('consumer')}`);
  say.detail(`x-dead-letter-error-message: ${of('error-message')}`);
  expect(
    of('source') === 'order.placed' && of('consumer') === 'orders',
    `the dead letter tells where it comes from: ${JSON.stringify(headers)}`,
  );
}

async function stop(shop: Program, shipping: Program | undefined, kafka: DemoKafka | undefined): Promise<void> {
  const slow = shop.post('/orders', { item: 'sugar', takesMs: 1500 }, {});
  await shop.line('ordering', 'sugar');
  shop.stop();
  await shop.line('stopping');
  const ready = await shop.get('/ready', {});
  say.step(`SIGTERM with an order of 1.5 s in flight. /ready -> ${ready.status}, so balancers look away`);
  const finished = await slow;
  say.step(`the slow order is finished all the same: ${finished.status} ${await finished.text()}`);
  // Now it is in flight there: its parcel takes as long.
  await shipping?.line('shipping', 'sugar');
  shipping?.stop();
  const { code, lines } = await shop.exited;
  for (const { msg, resource, durationMs } of lines.filter((line) => line.msg.startsWith('stop')))
    say.detail(`${msg}${resource === undefined ? '' : `: ${resource}`}${durationMs === undefined ? '' : ` (${durationMs} ms)`}`);
  say.step(`exit code ${code}`);
  expect(ready.status === 503 && finished.status === 201, `the stop answers 503 and 201, not ${ready.status} and ${finished.status}`);
  expect(code === 0, `the shop ends with 0, not ${code}`);
  if (kafka !== undefined && shipping !== undefined) await stopShipping(kafka, shipping);
}

async function stopShipping(kafka: DemoKafka, shipping: Program): Promise<void> {
  const { code, lines } = await shipping.exited;
  const told = lines.findIndex(({ msg }) => msg === 'stopping');
  const shipped = lines.findIndex(({ msg, item }) => msg === 'shipped' && item === 'sugar');
  const lag = await kafka.lag('order.placed', 'shipping');
  say.step(
    `SIGTERM to shipping while it packs that order. It is packed and committed all the same, ${lag} records are left behind; exit code ${code}`,
  );
  expect(told !== -1 && told < shipped, 'shipping finishes the record that is in flight when it is told to stop');
  expect(lag === 0, `shipping commits what it has handled, but for ${lag}`);
  expect(code === 0, `shipping ends with 0, not ${code}`);
}

async function start(file: string, env: Record<string, string>): Promise<Program> {
  const program = await startProgram(fileURLToPath(new URL(file, import.meta.url)), env);
  running.push(program);
  return program;
}

/** Draws a trace of an order, and looks whether it is whole. */
async function show(collector: Collector, traceId: string, wanted: readonly string[]): Promise<void> {
  const spans = await collector.trace(traceId, wanted.length, AbortSignal.timeout(3000));
  say.drawing(waterfall(spans, { width: say.width, paint: say.paint }));
  problems.push(...traceProblems(spans, wanted));
}

function oneLine({ srv, lvl, msg, item, correlationID, trace_id: traceId }: Line): string {
  const fields = [item && `item=${item}`, `correlationID=${correlationID}`, `trace_id=${traceId?.slice(0, 8)}…`];
  return [srv?.padEnd(9), lvl?.padEnd(4), msg.padEnd(8), ...fields].join(' ');
}

function expect(holds: boolean, what: string): void {
  if (!holds) problems.push(what);
}

const collector = await startCollector();
const { kafka, why } = await findKafka();
try {
  await demo(collector, kafka);
} catch (error) {
  problems.push(String((error as Error).stack));
} finally {
  collector.close();
  // Of a demo that went well there are none left.
  for (const program of running) program.kill();
  await Promise.all(running.map(({ exited }) => exited));
  await kafka?.close();
}
if (problems.length > 0) {
  process.stderr.write(`\nthe demo did not do what it says:\n${problems.map((problem) => `  - ${problem}\n`).join('')}`);
  process.exitCode = 1;
} else {
  if (why !== undefined) say.note(`without Kafka, which would carry the order on to a third process: ${why}`);
  say.end('code: examples/http/src/main.ts    next: docs/getting-started.md');
}
