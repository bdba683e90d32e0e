import { fileURLToPath } from 'node:url';
import { Narrator } from './demo/narrator.ts';
import { startShop } from './demo/shop.ts';

const say = new Narrator(process.stdout);

say.title('patron demo: what ten lines of code get');
say.code(`new Service({
  name: 'shop',
  http: routes([
    get('/stock/:item', ({ params }) => { log.info('looked up', …); return stock.get(params.item); }),
    post('/orders', async ({ body }) => { log.info('ordering', …); … }, { body: schema }),
  ]),
}).run();`);

const program = fileURLToPath(new URL('./main.js', import.meta.url));
const shop = await startShop(program, { PATRON_SHUTDOWN_DELAY: '500ms', PATRON_SHUTDOWN_TIMEOUT: '10s' });
say.step(`started as a process of its own, ready after ${shop.readyMs} ms at ${shop.address}`);

const id = 'demo-4711';
const answer = await shop.get('/stock/tea', { 'x-correlation-id': id });
await shop.post('/orders', { item: 'tea' }, { 'x-correlation-id': id });
say.step(`GET /stock/tea -> ${answer.status} ${await answer.text()}, X-Correlation-Id: ${answer.headers.get('x-correlation-id')}`);
say.step(`every log line of both requests carries that id, and nobody passed it on (${shop.linesOf(id).length} lines):`);
for (const { lvl, msg, correlationID, item } of shop.linesOf(id))
  say.detail(`${JSON.stringify({ lvl, msg, correlationID, item }).slice(0, -1)}, …}`);

const bad = await shop.post('/orders', { item: '' }, {});
say.step(`a bad order is answered before the handler: ${bad.status} ${await bad.text()}`);

const moved = 'http_server_request_duration_seconds_count';
say.step(`metrics that moved, for Prometheus at /metrics: ${moved}`);
for (const line of await shop.metrics(moved)) say.detail(line.slice(moved.length).replace('url_scheme="http",', ''));

const slow = shop.post('/orders', { item: 'coffee', takesMs: 1500 }, {});
await shop.line('ordering', 'coffee');
shop.stop();
await shop.line('stopping');
const ready = await shop.get('/ready', {});
say.step(`SIGTERM with an order of 1.5 s in flight. /ready -> ${ready.status}, so balancers look away`);
const finished = await slow;
say.step(`the slow order is finished all the same: ${finished.status} ${await finished.text()}`);
const { code, lines } = await shop.exited;
for (const line of lines.filter(({ msg }) => msg.startsWith('stop')))
  say.detail(`${line.msg}${line.durationMs === undefined ? '' : ` (${line.durationMs} ms)`}`);
say.step(`exit code ${code}`);
if (code !== 0 || finished.status !== 201 || ready.status !== 503) {
  process.stderr.write('the demo did not do what it says\n');
  process.exit(1);
}
say.end('code: examples/http/src/main.ts    next: docs/getting-started.md');
