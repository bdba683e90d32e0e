import { expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import { later, settled } from '../test/later.ts';
import { RawClient } from '../test/raw-client.ts';
import { ask, logged, serve } from '../test/server.ts';
import { get, post } from './index.ts';

test('the signal of a request aborts when its client goes, with a reason that has a code', async () => {
  const reasons: unknown[] = [];
  const began = later();
  const ended = later();
  const port = await serve([
    get('/slow', async ({ signal }) => {
      began.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      reasons.push(signal.reason);
      ended.resolve();
      signal.throwIfAborted();
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await began.promise;
  client.socket.destroy();
  await ended.promise;
  expect(reasons).toMatchObject([{ name: 'AbortError', code: 'PATRON_HTTP_CLIENT_GONE' }]);
  await settled();
  expect(logged.lines).toEqual([]);
  expect(await metrics.scrape()).toMatch(
    /http_server_request_duration_seconds_count\{[^}]*http_route="\/slow",error_type="client_gone"\} 1/,
  );
});

test('a signal that is asked for when the client has gone is aborted already', async () => {
  const began = later();
  const gone = later();
  const seen = later<boolean>();
  const port = await serve([
    get('/late', async (request) => {
      request.raw.socket.once('close', () => gone.resolve());
      began.resolve();
      await gone.promise;
      await settled();
      seen.resolve(request.signal.aborted);
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET /late HTTP/1.1\r\nHost: a\r\n\r\n');
  await began.promise;
  client.socket.destroy();
  expect(await seen.promise).toBe(true);
});

test('the signal of an answered request never aborts', async () => {
  const signals: AbortSignal[] = [];
  const port = await serve([
    get('/', ({ signal }) => {
      signals.push(signal);
      return 'done';
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until(/done$/);
  client.socket.destroy();
  await client.closed;
  await ask(port, '/');
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
});

test('a client that goes in the middle of its body ends the reading of it', async () => {
  const began = later();
  const failed = later<unknown>();
  const port = await serve([
    post('/', async (request) => {
      began.resolve();
      await request.bytes().catch((error: unknown) => {
        failed.resolve(error);
        throw error;
      });
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
  await began.promise;
  client.socket.destroy();
  expect(await failed.promise).toMatchObject({ code: 'PATRON_HTTP_CLIENT_GONE' });
  await settled();
  expect(logged.lines).toEqual([]);
});

test('an error that has nothing to do with it is logged, though the client has gone', async () => {
  const began = later();
  const port = await serve([
    get('/', async ({ signal }) => {
      began.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      throw new Error('disk full');
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await began.promise;
  client.socket.destroy();
  while (logged.lines.length === 0) await settled();
  expect(logged.lines).toMatchObject([{ level: 'error', message: 'request failed' }]);
});

test('the signal of a pipelined request aborts when its client goes, while an answer before it is still due', async () => {
  const first = later();
  const both = later();
  const aborted = later();
  const port = await serve([
    get('/first', () => first.promise),
    get('/second', ({ signal }) => {
      signal.addEventListener('abort', () => aborted.resolve(), { once: true });
      both.resolve();
      return aborted.promise;
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n');
  await both.promise;
  client.socket.destroy();
  await aborted.promise;
  first.resolve();
});
