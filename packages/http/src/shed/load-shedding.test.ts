import { afterEach, expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import { later } from '../../test/later.ts';
import { RawClient } from '../../test/raw-client.ts';
import { ask, logged, serve } from '../../test/server.ts';
import { runService } from '../../test/service.ts';
import { type GuardOptionsError, get, loadShedding, type LoadSheddingOptions, post, routes } from '../index.ts';
import { Lateness } from './lateness.ts';
import { loopDelay } from './loop-delay.ts';

/** Keeps the event loop from turning. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Resolves at the end of the window that goes on, with the delay that was seen in it. */
function nextWindow(): Promise<number> {
  return new Promise((resolve) => {
    let told = false;
    loopDelay().onWindow((delayMs) => {
      if (!told) resolve(delayMs);
      told = true;
    });
  });
}

async function calm(): Promise<void> {
  while ((await nextWindow()) > 100);
}

/** How often a request was turned away, as the metrics have it. */
async function shed(reason: string): Promise<number> {
  const line = new RegExp(`http_server_shed_requests_total\\{reason="${reason}"\\} (\\d+)`).exec(await metrics.scrape());
  return Number(line?.[1] ?? 0);
}

const open: (() => void)[] = [];
afterEach(() => {
  for (const release of open.splice(0)) release();
});

test('beyond so many requests in flight the next is answered 503 at once, and served again when one is over', async () => {
  const before = await shed('in_flight');
  const gate = later();
  open.push(gate.resolve);
  const port = await serve([get('/slow', () => gate.promise), get('/fast', () => 'x')], {
    middlewares: [loadShedding({ maxInFlight: 2, retryAfterSeconds: 7 })],
  });
  const slow = [ask(port, '/slow'), ask(port, '/slow')];
  let answer = await ask(port, '/fast');
  while (answer.status !== 503) answer = await ask(port, '/fast');
  expect(answer).toMatchObject({ status: 503, json: { error: 'Service Unavailable' }, headers: { 'retry-after': '7' } });
  gate.resolve();
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([204, 204]);
  expect((await ask(port, '/fast')).status).toBe(200);
  expect(await shed('in_flight')).toBeGreaterThan(before);
  expect(logged.findAll({ level: 'warn', message: 'load is being shed' })).toHaveLength(1);
  expect(logged.findAll({ level: 'error' })).toEqual([]);
});

test('an answer is in flight until its last byte, and no longer where its client goes', async () => {
  const began = later();
  const gone = later();
  const port = await serve(
    [
      get('/stream', async function* () {
        began.resolve();
        yield 'first';
        await gone.promise;
      }),
      get('/fast', () => 'x'),
    ],
    { middlewares: [loadShedding({ maxInFlight: 1 })] },
  );
  const client = await RawClient.to(port);
  await client.send('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
  await began.promise;
  expect((await ask(port, '/fast')).status).toBe(503);
  client.socket.destroy();
  let status = 503;
  while (status === 503) status = (await ask(port, '/fast')).status;
  expect(status).toBe(200);
  gone.resolve();
});

test('a request is turned away before a byte of its body is read', async () => {
  const gate = later();
  open.push(gate.resolve);
  const began = later();
  const slow = post('/slow', () => {
    began.resolve();
    return gate.promise;
  });
  const port = await serve([slow], { middlewares: [loadShedding({ maxInFlight: 1 })] });
  const first = ask(port, '/slow', { method: 'POST' });
  await began.promise;
  const client = await RawClient.to(port);
  await client.send('POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
  await client.until(/503 Service Unavailable/);
  gate.resolve();
  await first;
});

test('two hundred slow requests at once: those that are let in are as fast as ever, the others know at once', async () => {
  const times: { status: number; ms: number }[] = [];
  const port = await serve([get('/', () => new Promise((resolve) => setTimeout(resolve, 50, 'x')))], {
    middlewares: [loadShedding({ maxInFlight: 20 })],
  });
  await Promise.all(
    Array.from({ length: 200 }, async () => {
      const startedAt = performance.now();
      const { status } = await ask(port, '/');
      times.push({ status, ms: performance.now() - startedAt });
    }),
  );
  const served = times.filter(({ status }) => status === 200).map(({ ms }) => ms);
  const refused = times.filter(({ status }) => status === 503).map(({ ms }) => ms);
  expect(served.length).toBeGreaterThanOrEqual(20);
  expect(served.length + refused.length).toBe(200);
  expect(refused.length).toBeGreaterThan(100);
  expect(served.toSorted((a, b) => a - b)[Math.floor(served.length * 0.99)]).toBeLessThan(1000);
});

test('what has queued up behind a block of the event loop is turned away at once, until a window was calm', async () => {
  const before = await shed('event_loop_delay');
  let isOver = false;
  let served = 0;
  let clients: RawClient[] = [];
  const port = await serve(
    [
      get('/', () => {
        if (isOver) served++;
        return 'x';
      }),
      get('/block', () => {
        for (const client of clients) client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        block(1500);
        isOver = true;
        return 'done';
      }),
    ],
    { middlewares: [loadShedding({ maxEventLoopDelayMs: 200 })] },
  );
  await ask(port, '/');
  await calm();
  expect((await ask(port, '/')).status).toBe(200);
  clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.to(port)));
  await ask(port, '/block');
  await Promise.all(clients.map((client) => client.until(/\r\n\r\n./)));
  expect(clients.flatMap((client) => client.statuses)).toEqual(Array.from({ length: 20 }, () => 503));
  expect(served).toBe(0);
  for (const client of clients) client.socket.destroy();
  expect((await ask(port, '/')).status).toBe(503);
  expect(await shed('event_loop_delay')).toBeGreaterThan(before);
  await calm();
  expect((await ask(port, '/')).status).toBe(200);
  expect(logged.findAll({ level: 'warn', message: 'load is being shed' })).toHaveLength(1);
  while (logged.find({ message: 'load is no longer shed' }) === undefined) await nextWindow();
});

test('between the limit and 70 % of it load is shed as it was before: it does not flap', () => {
  const lateness = new Lateness(200);
  const seen = [10, 150, 200, 201, 199, 141, 1000, 140, 141, 200, 0].map((delayMs) => {
    lateness.see(delayMs);
    return lateness.isLate;
  });
  expect(seen).toEqual([false, false, false, true, true, true, true, false, false, false, false]);
});

test('who is exempt is served, and asked about only when load is shed', async () => {
  const gate = later();
  open.push(gate.resolve);
  const began = later();
  const asked: string[] = [];
  const exempt: LoadSheddingOptions['exempt'] = (request) => {
    asked.push(request.path);
    return request.path === '/vip';
  };
  const slow = get('/slow', () => {
    began.resolve();
    return gate.promise;
  });
  const port = await serve([slow, get('/vip', () => 'x'), get('/other', () => 'x')], {
    middlewares: [loadShedding({ maxInFlight: 1, exempt })],
  });
  const first = ask(port, '/slow');
  await began.promise;
  expect([(await ask(port, '/vip')).status, (await ask(port, '/other')).status]).toEqual([200, 503]);
  expect(asked).toEqual(['/vip', '/other']);
  gate.resolve();
  await first;
});

test('the management endpoints of a service are never shed', async () => {
  const gate = later();
  open.push(gate.resolve);
  const began = later();
  const slow = get('/slow', () => {
    began.resolve();
    return gate.promise;
  });
  const port = await runService(routes([slow], { middlewares: [loadShedding({ maxInFlight: 1 })] }));
  const first = ask(port, '/slow');
  await began.promise;
  expect((await ask(port, '/slow')).status).toBe(503);
  for (const path of ['/alive', '/ready', '/metrics', '/info']) expect([path, (await ask(port, path)).status]).toEqual([path, 200]);
  gate.resolve();
  await first;
});

test('all that is wrong with the options is said at once', () => {
  const problemsOf = (options: unknown): readonly string[] => {
    try {
      loadShedding(options as LoadSheddingOptions);
    } catch (error) {
      return (error as GuardOptionsError).problems;
    }
    return [];
  };
  expect(problemsOf({})).toEqual(['there is no limit: it takes maxEventLoopDelayMs, maxInFlight or both']);
  expect(problemsOf({ maxEventLoopDelayMs: 1, maxInFlight: 0, retryAfterSeconds: 0.5, exempt: [], max: 1 })).toEqual([
    'there is no option "max"',
    'maxEventLoopDelayMs is 1: it takes a whole number, 10 to 60000',
    'maxInFlight is 0: it takes a whole number, 1 to 1000000',
    'retryAfterSeconds is 0.5: it takes a whole number, 0 to 86400',
    'exempt is an object: it takes a function',
  ]);
});
