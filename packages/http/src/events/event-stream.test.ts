import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { later } from '../../test/later.ts';
import { RawClient } from '../../test/raw-client.ts';
import { ask, logged, serve } from '../../test/server.ts';
import { startService } from '../../test/service.ts';
import { eventStream, get, routes, type ServerSentEvent } from '../index.ts';

const GET = 'GET /events HTTP/1.1\r\nHost: a\r\n\r\n';

test('events are sent as the standard writes them: names, ids, several lines, JSON', async () => {
  const events: ServerSentEvent[] = [
    { data: 'plain' },
    { id: '7', event: 'order', data: { id: 7, text: 'a\nb' } },
    { data: 'one\ntwo\r\nthree\rfour\n' },
    { id: '', data: '' },
    { data: null },
  ];
  const port = await serve([
    get('/events', (request) =>
      eventStream(
        request,
        async function* () {
          yield* events;
        },
        { retryMs: 2000 },
      ),
    ),
  ]);
  const { status, headers, text } = await ask(port, '/events');
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'text/event-stream', 'no-store']);
  expect(text).toBe(
    'retry: 2000\n\n' +
      'data: plain\n\n' +
      'event: order\nid: 7\ndata: {"id":7,"text":"a\\nb"}\n\n' +
      'data: one\ndata: two\ndata: three\ndata: four\ndata: \n\n' +
      'id: \ndata: \n\n' +
      'data: null\n\n',
  );
});

test('a client that comes again says which event it has seen', async () => {
  const seen: unknown[] = [];
  const port = await serve([
    get('/events', (request) =>
      eventStream(request, async function* ({ lastEventId }) {
        seen.push(lastEventId);
        yield { data: 1 };
      }),
    ),
  ]);
  await ask(port, '/events');
  await ask(port, '/events', { headers: { 'Last-Event-ID': '41' } });
  expect(seen).toEqual([undefined, '41']);
});

test('the head is out before the first event, and comments come while there is none', async () => {
  const stop = later();
  const port = await serve([
    get('/events', (request) =>
      eventStream(
        request,
        async function* () {
          await stop.promise;
          yield { data: 'late' };
        },
        { heartbeatMs: 20 },
      ),
    ),
  ]);
  const client = await RawClient.to(port);
  await client.send(GET);
  await client.until(/ 200 OK\r\n[^]*\r\n\r\n3\r\n:\n\n\r\n3\r\n:\n\n\r\n3\r\n:\n\n\r\n/);
  stop.resolve();
  await client.until(/data: late\n\n\r\n0\r\n\r\n$/);
  client.socket.destroy();
});

test('a source hears that its client has gone, and what it does about it is no error', async () => {
  const gone = later<unknown>();
  const closed = later();
  const port = await serve([
    get('/events', (request) =>
      eventStream(request, async function* ({ signal }) {
        try {
          yield { data: 1 };
          await sleep(60_000, undefined, { signal }).catch((error: unknown) => {
            gone.resolve(signal.reason);
            throw error;
          });
        } finally {
          closed.resolve();
        }
      }),
    ),
  ]);
  const client = await RawClient.to(port);
  await client.send(GET);
  await client.until(/data: 1/);
  client.socket.destroy();
  expect(await gone.promise).toMatchObject({ code: 'PATRON_HTTP_CLIENT_GONE' });
  await closed.promise;
  await sleep(20);
  expect(logged.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
});

test('a source is asked no faster than its client reads', async () => {
  let made = 0;
  const port = await serve([
    get('/events', (request) =>
      eventStream(request, async function* () {
        for (; made < 100_000; made++) yield { data: 'x'.repeat(1000) };
      }),
    ),
  ]);
  const client = await RawClient.to(port);
  client.socket.pause();
  await client.send(GET);
  let before = -1;
  while (before !== made) {
    before = made;
    await sleep(200);
  }
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(50_000);
  client.socket.destroy();
});

test('a source that fails breaks the stream off, so that its client sees it and comes again; the log has the error', async () => {
  const fail = later();
  const port = await serve([
    get('/events', (request) =>
      eventStream(request, async function* () {
        yield { data: 1 };
        await fail.promise;
        throw new Error('the feed is gone');
      }),
    ),
  ]);
  const client = await RawClient.to(port);
  await client.send(GET);
  await client.until(/data: 1\n\n/);
  fail.resolve();
  await client.closed;
  expect(client.received).not.toMatch(/\r\n0\r\n\r\n$/);
  expect(logged.find({ message: 'answer broke off' })?.fields).toMatchObject({ error: { message: 'the feed is gone' } });
});

test('when its service stops, a hundred streams end as they should, and the stop waits for none of them', async () => {
  const reasons = new Set<unknown>();
  const { port, stop } = await startService(
    routes([
      get('/events', (request) =>
        eventStream(request, async function* ({ signal }) {
          yield { id: '1', data: 'open' };
          await sleep(60_000, undefined, { signal }).catch(() => reasons.add((signal.reason as { name?: unknown }).name));
        }),
      ),
    ]),
  );
  const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.to(port)));
  await Promise.all(clients.map((client) => client.send(GET)));
  await Promise.all(clients.map((client) => client.until(/data: open/)));
  const startedAt = performance.now();
  const stopped = stop();
  await Promise.all(clients.map((client) => client.until(/\r\n0\r\n\r\n$/)));
  expect(performance.now() - startedAt).toBeLessThan(1000);
  await stopped;
  await Promise.all(clients.map(({ closed }) => closed));
  expect(clients.map(({ error }) => error)).toEqual(clients.map(() => undefined));
  expect(reasons).toEqual(new Set(['AbortError']));
}, 20_000);

test('a HEAD begins nothing', async () => {
  let begun = 0;
  const port = await serve([
    get('/events', (request) =>
      eventStream(request, async function* () {
        begun++;
        yield { data: 1 };
      }),
    ),
  ]);
  const { status, headers } = await ask(port, '/events', { method: 'HEAD' });
  expect([status, headers['content-type'], begun]).toEqual([200, 'text/event-stream', 0]);
});

test.each<[string, ServerSentEvent]>([
  ['an id with a line break', { id: '1\ndata: forged', data: 1 }],
  ['a name with a line break', { event: 'a\r\nid: 1', data: 1 }],
  ['an id with a NUL', { id: '\0', data: 1 }],
  ['data without a JSON form', { data: undefined }],
])('%s can’t be sent', async (_what, event) => {
  const port = await serve([
    get('/events', (request) =>
      eventStream(request, async function* () {
        yield event;
      }),
    ),
  ]);
  const client = await RawClient.to(port);
  await client.send(GET);
  await client.closed;
  expect(client.received).not.toContain('forged');
  expect(logged.find({ message: 'answer broke off' })?.fields).toMatchObject({ error: { code: 'PATRON_HTTP_ANSWER_INVALID' } });
});

test('times that can’t be are refused', async () => {
  const port = await serve([get('/events', (request) => eventStream(request, async function* () {}, { heartbeatMs: 0 }))]);
  expect((await ask(port, '/events')).status).toBe(500);
  expect(logged.find({ message: 'request failed' })?.fields).toMatchObject({
    error: { message: 'eventStream: heartbeatMs is 0; it has to be a whole number of milliseconds, 1 or more' },
  });
});
