import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http';
import { correlationId, metrics, parseTraceParent, withCorrelationId } from '@patron/trace';
import { Service } from '@patron/core';
import { log } from '@patron/log';
import { memoryLog, type MemoryLog } from '@patron/log/testing';
import { expect, test } from '@jest/globals';
import { active, counted, create, createFor, until } from '../../test/client.ts';
import { ask, open, serve } from '../../test/server.ts';
import { HttpClient } from '../client.ts';
import { get, routes } from '../index.ts';
import { prepareCall } from './call.ts';
import { CallCarrier } from './carrier.ts';
import { ClientOperations } from './operations.ts';
import { resolveOptions } from './options.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A server that tells which headers reached it. */
async function headersSeen(): Promise<{ url: string; seen: IncomingHttpHeaders[] }> {
  const seen: IncomingHttpHeaders[] = [];
  const { port } = await open((request, response) => {
    seen.push({ ...request.headers, raw: request.rawHeaders.filter((_, i) => i % 2 === 0).join() });
    response.end('x');
  });
  return { url: `http://127.0.0.1:${port}/`, seen };
}

test('a call is counted by method, host, template, status and error', async () => {
  const { client, port } = await createFor((request, response) => {
    response.statusCode = Number(/\d{3}/.exec(request.url ?? '')?.[0] ?? 200);
    response.end('x');
  });
  for (const status of [200, 204, 302, 404, 500]) await (await client.get('/status/:status', { params: { status } })).bytes();
  await client.get('/plain/200');
  await client.post('/by/hand/9', { route: '/by/hand/{id}' });
  await until(async () => (await active(port)) === 0);
  const label = 'http_request_method="GET",url_template="/status/:status",http_response_status_code';
  expect(await counted(port)).toEqual([
    `${label}="200" 1`,
    `${label}="204" 1`,
    `${label}="302" 1`,
    `${label}="404",error_type="404" 1`,
    `${label}="500",error_type="500" 1`,
    'http_request_method="GET",http_response_status_code="200" 1',
    'http_request_method="POST",url_template="/by/hand/{id}",http_response_status_code="200" 1',
  ]);
});

test('the template of a path below a base path is the whole of it', async () => {
  const port = await serve([get('/api/orders/:id', ({ params }) => params)]);
  const client = create({ baseUrl: `http://127.0.0.1:${port}/api` });
  expect(await (await client.get('/orders/:id', { params: { id: 'x' } })).json()).toEqual({ id: 'x' });
  expect(await counted(port)).toEqual(['http_request_method="GET",url_template="/api/orders/:id",http_response_status_code="200" 1']);
});

test('a call is active, and timed, until the last byte of its body', async () => {
  let finish: (() => void) | undefined;
  const { client, port } = await createFor((_, response) => {
    response.write('first');
    finish = () => response.end('last');
  });
  const answer = await client.get('/');
  expect([await active(port), await counted(port)]).toEqual([1, []]);
  await new Promise((resolve) => setTimeout(resolve, 120)); // what the histogram has to show
  finish?.();
  expect(await answer.text()).toBe('firstlast');
  expect(await active(port)).toBe(0);
  const sum = (await metrics.scrape())
    .split('\n')
    .find((line) => line.includes('client_request_duration_seconds_sum') && line.includes(`"${port}"`));
  expect(Number(sum?.slice(sum.lastIndexOf(' ')))).toBeGreaterThan(0.1);
});

test('ids in routes do not grow the metrics without end', async () => {
  const { client, port } = await createFor((_, response) => response.end());
  for (let i = 0; i < 1200; i++) await client.get('/', { route: `/${i}` });
  await until(async () => (await active(port)) === 0);
  expect(await counted(port)).toHaveLength(1000);
  expect(await metrics.scrape()).toMatch(
    /http_client_request_duration_seconds_count\{http_request_method="GET",server_address="_other",http_response_status_code="200"\} 200\n/,
  );
});

test('an operation is described once, and past the bound none is kept', () => {
  const operations = new ClientOperations();
  const of = (template: string) => operations.of('GET', { address: 'bounded', port: 80, template });
  const first = of('/first');
  for (let i = 1; i < 1000; i++) of(`/${i}`);
  expect(of('/first')).toBe(first);
  const beyond = of('/beyond');
  expect([beyond.name, of('/first').name]).toEqual(['GET', 'GET /first']);
  expect(of('/beyond')).not.toBe(beyond);
});

test('correlation id, traceparent and baggage of a request go onwards with what its handler calls', async () => {
  const { url, seen } = await headersSeen();
  const client = create();
  const port = await serve([get('/relay', async () => (await client.get(url)).text())]);
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
  const headers = { 'X-Correlation-Id': 'order-4711', traceparent, tracestate: 'vendor=1', baggage: 'tenant=a' };
  expect((await ask(port, '/relay', { headers })).status).toBe(200);
  expect(seen[0]).toMatchObject({ 'x-correlation-id': 'order-4711', tracestate: 'vendor=1', baggage: 'tenant=a' });
  expect(parseTraceParent(String(seen[0]?.['traceparent']))?.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
});

test('a call that no request began has an id and a trace of its own', async () => {
  const { url, seen } = await headersSeen();
  const client = create();
  await client.get(url);
  await client.get(url);
  await withCorrelationId('job-1', () => client.get(url));
  expect(seen.map((headers) => UUID.test(String(headers['x-correlation-id'])))).toEqual([true, true, false]);
  expect(seen[2]?.['x-correlation-id']).toBe('job-1');
  const traces = seen.map((headers) => parseTraceParent(String(headers['traceparent']))?.traceId);
  expect(new Set(traces).size).toBe(3);
  expect(traces).not.toContain(undefined);
});

test('headers of the seam that a caller sets are left out, never doubled, whatever their case', async () => {
  const { url, seen } = await headersSeen();
  const theirs = { TraceParent: '00-x', TRACESTATE: 'theirs=1', Baggage: 'theirs=1', 'X-CORRELATION-ID': 'theirs', 'x-kept': '1' };
  const client = create({ headers: theirs });
  await withCorrelationId('ours', () => client.get(url, { headers: theirs }));
  expect(seen[0]).toMatchObject({ 'x-correlation-id': 'ours', 'x-kept': '1' });
  expect(seen[0]).not.toHaveProperty('tracestate');
  expect(seen[0]).not.toHaveProperty('baggage');
  expect(parseTraceParent(String(seen[0]?.['traceparent']))).toBeDefined();
  expect(String(seen[0]?.['raw']).match(/traceparent|x-correlation-id/gi)).toHaveLength(2);
});

test('whoever asked goes on in their own context, also where a connection of somebody else is used', async () => {
  const { client } = await createFor((_, response) => {
    response.write('a');
    setImmediate(() => response.end(Buffer.alloc(200_000)));
  });
  const opened: (string | undefined)[] = [];
  const onConnected = (): number => opened.push(correlationId());
  subscribe('undici:client:connected', onConnected);
  const ids = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      withCorrelationId(`id-${i}`, async () => {
        const stream = (await client.get('/')).stream();
        const seen = new Set([correlationId()]);
        await new Promise((resolve, reject) => {
          stream.on('data', () => seen.add(correlationId()));
          stream.on('end', () => resolve(seen.add(correlationId())));
          stream.on('error', reject);
        });
        return [...seen];
      }),
    ),
  );
  unsubscribe('undici:client:connected', onConnected);
  expect(ids).toEqual(Array.from({ length: 50 }, (_, i) => [`id-${i}`]));
  // A connection belongs to nobody: it would keep alive the request whose context it had, and log with its id.
  expect(new Set(opened)).toEqual(new Set([undefined]));
});

test('500 concurrent chains of two services mix no ids', async () => {
  const chains = 500;
  const stops: (() => Promise<void>)[] = [];
  const stock = await startService(
    'stock',
    routes([get('/stock/:item', ({ params, correlationId: id }) => (log.info('stock asked', params), { id, ...params }))]),
  );
  stops.push(stock.stop);
  const client = new HttpClient({ baseUrl: stock.url });
  const shop = await startService(
    'shop',
    routes([
      get('/items/:item', async ({ params, correlationId: id }) => {
        log.info('before', params);
        const answer = await client.get('/stock/:item', { params });
        const below = await answer.json();
        log.info('after', params);
        return { id, below };
      }),
    ]),
    [client],
  );
  stops.push(shop.stop);
  const outside = create({ baseUrl: shop.url, headers: { 'X-Test': 'chain' }, maxConnections: 100 });

  const answers = await Promise.all(
    Array.from({ length: chains }, (_, i) =>
      withCorrelationId(`chain-${i}`, async () => {
        const answer = await outside.get('/items/:item', { params: { item: `item-${i}` } });
        return [answer.header('x-correlation-id'), await answer.json()];
      }),
    ),
  );
  const expected = Array.from({ length: chains }, (_, i) => [
    `chain-${i}`,
    { id: `chain-${i}`, below: { id: `chain-${i}`, item: `item-${i}` } },
  ]);
  expect(answers).toEqual(expected);
  // Both services run in this process, so the lines of both are in the log of the one that was set up last.
  const lines = ['before', 'stock asked', 'after'].flatMap((message) => shop.log.findAll({ message }));
  expect(lines).toHaveLength(3 * chains);
  const mixed = lines.filter(({ fields }) => fields['correlationID'] !== String(fields['item']).replace('item', 'chain'));
  expect(mixed).toEqual([]);
  await Promise.all(stops.map((stop) => stop()));
});

test('what a span of a call says has neither credentials nor the values of a query', () => {
  const config = resolveOptions({ baseUrl: 'https://Orders.Example/api' });
  const call = prepareCall(config, 'GET', '/orders/:id?sig=s3cret', { params: { id: 'a b' }, query: { token: 's3cret', flag: true } });
  expect(new CallCarrier(call).attributes()).toEqual({
    'http.request.method': 'GET',
    'server.address': 'orders.example',
    'server.port': 443,
    'url.full': 'https://orders.example/api/orders/a%20b?sig=REDACTED&token=REDACTED&flag=REDACTED',
    'url.template': '/api/orders/:id',
    'network.protocol.version': '1.1',
  });
  const plain = prepareCall(resolveOptions({ dispatcher: { dispatch: () => true } as never }), 'GET', 'http://[::1]:8080/a?b', {});
  expect(new CallCarrier(plain).attributes()).toEqual({
    'http.request.method': 'GET',
    'server.address': '::1',
    'server.port': 8080,
    'url.full': 'http://[::1]:8080/a?REDACTED',
  });
});

test('a carrier finds what is in it and replaces what is set again', () => {
  const carrier = new CallCarrier(prepareCall(resolveOptions({}), 'GET', 'http://a/', { headers: { 'X-A': ['1', '2'] } }));
  expect([carrier.get('x-a'), carrier.get('x-b')]).toEqual(['1, 2', undefined]);
  carrier.set('X-B', '1');
  carrier.set('x-b', '2');
  expect(carrier.headers).toEqual(['x-a', '1', 'x-a', '2', 'x-b', '2']);
});

async function startService(
  name: string,
  handler: ReturnType<typeof routes>,
  resources: HttpClient[] = [],
): Promise<{ url: string; log: MemoryLog; stop(): Promise<void> }> {
  const memory = memoryLog();
  const stop = new AbortController();
  const done = new Service({ name, http: { port: 0, host: '127.0.0.1', handler }, resources, logger: memory }).run(stop.signal);
  await until(() => memory.find({ message: 'http listening' }) !== undefined);
  const address = String(memory.find({ message: 'http listening' })?.fields['address']);
  return {
    url: new URL(address).origin,
    log: memory,
    stop: () => {
      stop.abort();
      return done;
    },
  };
}
