import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { cert, key } from '../../test/support/certificate.ts';
import { Wire } from '../../test/support/wire.ts';
import { HttpListener } from './listener.ts';

const memory = memoryLog();
beforeAll(() => setup(memory));

const QUIET_MS = 100;
const LARGE = 8 * 1024 * 1024;
const never = new AbortController().signal;

/** Answers that wait for the test, in the order of their requests. */
let held: ServerResponse[] = [];
let handled: string[] = [];
const listeners: HttpListener[] = [];

afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close(AbortSignal.abort())));
  held = [];
  handled = [];
});

function handler(request: IncomingMessage, response: ServerResponse): void {
  handled.push(request.url ?? '');
  if (request.url === '/hold') held.push(response);
  else if (request.url === '/begun') {
    response.write('begun ');
    held.push(response);
  } else if (request.url === '/large') response.end(Buffer.alloc(LARGE, 'x'));
  else if (request.url === '/upload') {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.end(`${bytes} bytes`));
  } else response.end('answer');
}

async function listen(tls = false): Promise<{ listener: HttpListener; port: number }> {
  const listener = new HttpListener({
    name: 'http',
    port: 0,
    host: '127.0.0.1',
    tls: tls ? { key, cert } : undefined,
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    keepAliveTimeoutMs: 5000,
    handler,
  });
  listeners.push(listener);
  return { listener, port: Number(new URL(await listener.listen()).port) };
}

/** An open connection that has had an answer. */
async function kept(port: number, options: { halfOpen?: boolean; tls?: boolean } = {}): Promise<Wire> {
  const wire = await Wire.open(port, options);
  return wire.request('/').answers(1);
}

/** How long it took, in milliseconds. */
async function timed(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(5);
}

describe.each([
  ['http', false],
  ['https', true],
])('a drain of %s', (_, tls) => {
  test('closes an idle connection in order, after it has been quiet for a while', async () => {
    const { listener, port } = await listen(tls);
    const wire = await kept(port, { tls });
    expect(await timed(listener.drain(QUIET_MS, never))).toBeGreaterThanOrEqual(QUIET_MS);
    await wire.closed();
    expect(wire.error).toBeUndefined();
  });

  test('answers what comes on an idle connection meanwhile, and says that it is the last', async () => {
    const { listener, port } = await listen(tls);
    const wire = await kept(port, { tls });
    const drained = listener.drain(QUIET_MS, never);
    await sleep(QUIET_MS / 2);
    wire.request('/');
    await Promise.all([drained, wire.closed()]);
    expect(wire).toMatchObject({ error: undefined });
    expect(wire.statuses()).toEqual([200, 200]);
    expect(wire.connection()).toEqual(['keep-alive', 'close']);
  });

  test('waits for an answer that is due, and says in it that it is the last', async () => {
    const { listener, port } = await listen(tls);
    const wire = (await Wire.open(port, { tls })).request('/hold');
    await until(() => held.length === 1);
    const drained = listener.drain(QUIET_MS, never);
    await sleep(QUIET_MS * 3);
    expect(listener.due).toHaveLength(1);
    held[0]?.end('done');
    await Promise.all([drained, wire.closed()]);
    expect(wire.received).toMatch(/Connection: close[^]*done/);
  });

  test('an answer of 8 MB to a slow reader arrives whole', async () => {
    const { listener, port } = await listen(tls);
    const wire = await Wire.open(port, { tls });
    wire.socket.pause();
    wire.request('/large');
    await until(() => handled.length === 1);
    const drained = listener.drain(QUIET_MS, never);
    await sleep(2500); // more than anything that is done may take to go
    let bytes = 0;
    wire.socket.removeAllListeners('data').on('data', (data: string) => {
      bytes += data.length;
      wire.socket.pause();
      setTimeout(() => wire.socket.resume(), 1);
    });
    wire.socket.resume();
    await Promise.all([drained, wire.closed()]);
    expect(bytes).toBeGreaterThan(LARGE);
    expect(wire.error).toBeUndefined();
  });

  test('a connection that is told to close and does not is cut in the end', async () => {
    const { listener, port } = await listen(tls);
    const wire = await kept(port, { tls, halfOpen: true });
    expect(await timed(listener.drain(QUIET_MS, never))).toBeLessThan(QUIET_MS + 3000);
    wire.socket.destroy();
  });
});

describe('in a drain', () => {
  test('an answer whose head is out already is finished, and its connection closed when it has been quiet', async () => {
    const { listener, port } = await listen();
    const wire = (await Wire.open(port)).request('/begun');
    await wire.until(({ received }) => received.includes('begun'));
    const drained = listener.drain(QUIET_MS, never);
    held[0]?.end('done');
    await Promise.all([drained, wire.closed()]);
    expect(wire).toMatchObject({ error: undefined, received: expect.stringMatching(/begun [^]*done/) as unknown });
  });

  test('pipelined requests are all answered: only the last answer says that the connection closes', async () => {
    const { listener, port } = await listen();
    const wire = (await Wire.open(port)).request('/hold');
    await until(() => held.length === 1);
    const drained = listener.drain(QUIET_MS, never);
    wire.request('/hold').request('/hold');
    await until(() => held.length === 3);
    for (const response of held.toReversed()) response.end('done');
    await Promise.all([drained, wire.closed()]);
    expect(wire.statuses()).toEqual([200, 200, 200]);
    expect(wire.connection().at(-1)).toBe('close');
    expect(wire.connection().slice(0, -1)).not.toContain('close');
  });

  test('a request that crosses the close of its connection is neither carried out nor reset', async () => {
    const { listener, port } = await listen();
    const wire = await kept(port, { halfOpen: true });
    const drained = listener.drain(QUIET_MS, never);
    await wire.until(({ ended }) => ended);
    wire.request('/pay');
    await sleep(50);
    expect(wire).toMatchObject({ error: undefined });
    wire.socket.end();
    await Promise.all([drained, wire.closed()]);
    expect(handled).not.toContain('/pay');
    expect(wire).toMatchObject({ error: undefined });
  });

  test('a request of which half has arrived is waited for, and answered', async () => {
    const { listener, port } = await listen();
    const fresh = (await Wire.open(port)).send('GET / HTTP/1.1\r\nHo');
    const used = await kept(port);
    const drained = listener.drain(QUIET_MS, never);
    await sleep(QUIET_MS / 2);
    used.send('GET / HT');
    await sleep(QUIET_MS * 3);
    fresh.send('st: test\r\n\r\n');
    used.send('TP/1.1\r\nHost: test\r\n\r\n');
    await Promise.all([drained, fresh.closed(), used.closed()]);
    expect(fresh.statuses()).toEqual([200]);
    expect(used.statuses()).toEqual([200, 200]);
  });

  test('an upload in progress is taken whole, and answered', async () => {
    const { listener, port } = await listen();
    const wire = (await Wire.open(port)).request('/upload', 'Transfer-Encoding: chunked').send('5\r\nhello\r\n');
    await until(() => handled.length === 1);
    const drained = listener.drain(QUIET_MS, never);
    await sleep(QUIET_MS * 3);
    wire.send('5\r\nworld\r\n0\r\n\r\n');
    await Promise.all([drained, wire.closed()]);
    expect(wire.received).toContain('10 bytes');
  });

  test('an upload that is answered before its end is not reset before the client has read the answer', async () => {
    const { listener, port } = await listen();
    const wire = await Wire.open(port, { halfOpen: true });
    wire.socket.pause();
    wire.request('/hold', 'Content-Length: 4000000').send('x'.repeat(1_000_000));
    await until(() => held.length === 1);
    const drained = listener.drain(QUIET_MS, never);
    held[0]?.end('enough');
    await sleep(QUIET_MS); // for a reset to arrive, if there is one
    wire.send('x'.repeat(1_000_000));
    await sleep(QUIET_MS);
    wire.socket.resume();
    await wire.until(({ ended }) => ended);
    wire.socket.end();
    await Promise.all([drained, wire.closed()]);
    expect(wire).toMatchObject({ error: undefined, received: expect.stringContaining('enough') as unknown });
  });

  test('who asks for 100 Continue gets it, and the answer', async () => {
    const { listener, port } = await listen();
    const wire = await kept(port);
    const drained = listener.drain(QUIET_MS, never);
    wire.request('/upload', 'Content-Length: 5', 'Expect: 100-continue');
    await wire.until(({ received }) => received.includes('100 Continue'));
    wire.send('hello');
    await Promise.all([drained, wire.closed()]);
    expect(wire.statuses()).toEqual([200, 100, 200]);
  });

  test('CONNECT, an upgrade, half a head, no byte at all and bytes that are no HTTP do not hold it up for ever', async () => {
    const { listener, port } = await listen();
    const texts = [
      'CONNECT test:443 HTTP/1.1\r\nHost: test:443\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'GET / HTTP/1.1\r\nHost',
      '',
      '\x16\x03\x01\x02',
    ];
    // None of them closes its half.
    const wires = await Promise.all(texts.map(async (text) => (await Wire.open(port, { halfOpen: true })).send(text)));
    await sleep(20);
    expect(await timed(listener.drain(QUIET_MS, AbortSignal.timeout(9000)))).toBeLessThan(8000);
    for (const { socket } of wires) socket.destroy();
  });

  test('a client that has closed its own half is no reason to wait', async () => {
    const { listener, port } = await listen();
    const wire = await kept(port, { halfOpen: true });
    wire.socket.end();
    await Promise.all([listener.drain(QUIET_MS, never), wire.closed()]);
    expect(wire.error).toBeUndefined();
  });

  test('new connections are served and do not prolong it', async () => {
    const { listener, port } = await listen();
    const first = (await Wire.open(port)).request('/hold');
    await until(() => held.length === 1);
    const drained = listener.drain(QUIET_MS, never);
    let busy = true;
    const served: Wire[] = [];
    const clients = (async () => {
      while (busy) served.push(await (await Wire.open(port)).request('/').closed());
    })();
    await sleep(QUIET_MS);
    held[0]?.end('done');
    await Promise.all([drained, first.closed()]);
    busy = false;
    await clients;
    expect(served.length).toBeGreaterThan(1);
    for (const wire of served) expect([wire.error, wire.statuses(), wire.connection()]).toEqual([undefined, [200], ['close']]);
  });
});

describe('the last call', () => {
  test('serves the connections that came before it, and tells those that come later apart', async () => {
    const { listener, port } = await listen();
    const before = await Wire.open(port);
    let over = false;
    const called = listener.lastCall(never).finally(() => (over = true));
    before.request('/hold');
    await until(() => held.length === 1);
    expect(listener.isLate(held[0]?.req as IncomingMessage)).toBe(false);
    const late = (await Wire.open(port)).request('/hold');
    await until(() => held.length === 2);
    expect(listener.isLate(held[1]?.req as IncomingMessage)).toBe(true);
    await sleep(QUIET_MS * 4);
    expect(over).toBe(false);
    held[0]?.end();
    expect(await called).toEqual([]);
    await before.closed();
    held[1]?.end();
    await listener.close(never);
    await late.closed();
    expect([before.error, late.error]).toEqual([undefined, undefined]);
  });

  test('cuts what is due when the deadline passes, and says what it was', async () => {
    const { listener, port } = await listen();
    const wire = (await Wire.open(port)).request('/hold');
    await until(() => held.length === 1);
    await listener.drain(QUIET_MS, AbortSignal.timeout(50));
    expect(wire.socket.closed).toBe(false);
    expect((await listener.lastCall(AbortSignal.abort())).map(({ req }) => req.url)).toEqual(['/hold']);
    await wire.closed();
  });
});

describe('a closed listener', () => {
  test('is gone: no connection, no port', async () => {
    const { listener, port } = await listen();
    const wire = await kept(port);
    await listener.close(never);
    await wire.closed();
    await expect(Wire.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('has finished the answers that were being written', async () => {
    const { listener, port } = await listen();
    const wire = await Wire.open(port);
    wire.socket.pause();
    wire.request('/large');
    await until(() => handled.length === 1);
    const closed = listener.close(never);
    await sleep(QUIET_MS);
    wire.socket.resume();
    await Promise.all([closed, wire.closed()]);
    expect(wire.received.length).toBeGreaterThan(LARGE);
    expect(wire.error).toBeUndefined();
  });

  test('does not wait for a TLS handshake that never ends', async () => {
    const { listener, port } = await listen(true);
    const wire = await Wire.open(port);
    wire.send('\x16\x03\x01');
    await sleep(20);
    expect(await timed(listener.close(never))).toBeLessThan(1000);
    await wire.closed();
  });
});
