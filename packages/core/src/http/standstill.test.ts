import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { cert, key } from '../../test/support/certificate.ts';
import { connectionsOn } from '../../test/support/connections.mjs';
import { Wire } from '../../test/support/wire.ts';
import { HttpListener } from './listener.ts';

const SHORT_MS = 300;
const LONG_MS = 60_000;
/** Two looks at the connections, Node's own second on a kept connection, and a busy machine. */
const SLACK_MS = 4000;
const LARGE = 32 * 1024 * 1024;

let act: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
let listener: HttpListener | undefined;

afterEach(async () => {
  await listener?.close(AbortSignal.abort());
});

interface Limits {
  writeTimeoutMs?: number;
  keepAliveTimeoutMs?: number;
}

async function listen(handler: typeof act, limits: Limits, tls = false): Promise<number> {
  act = handler;
  listener = new HttpListener({
    name: 'http',
    port: 0,
    host: '127.0.0.1',
    tls: tls ? { key, cert } : undefined,
    readTimeoutMs: LONG_MS,
    writeTimeoutMs: LONG_MS,
    keepAliveTimeoutMs: LONG_MS,
    ...limits,
    handler: (request, response) => act(request, response),
  });
  return Number(new URL(await listener.listen()).port);
}

const answer = (_: IncomingMessage, response: ServerResponse): void => void response.end('answer');
const nothing = (): void => undefined;

/** How long it takes until the server closes the connection. */
async function closes(wire: Wire): Promise<number> {
  const startedAt = performance.now();
  await wire.closed();
  return performance.now() - startedAt;
}

/** Not sooner than a limit, and soon after it. */
function expectSoonAfter(ms: number, limitMs: number): void {
  expect(ms).toBeGreaterThanOrEqual(limitMs - 50); // the server's clock began to count before ours
  expect(ms).toBeLessThan(limitMs + SLACK_MS);
}

describe.each([
  ['http', false],
  ['https', true],
])('of %s', (_, tls) => {
  test('a connection on which an answer is due and nothing moves is cut after the write timeout', async () => {
    const port = await listen(nothing, { writeTimeoutMs: SHORT_MS }, tls);
    const wire = (await Wire.open(port, { tls })).request('/');
    expectSoonAfter(await closes(wire), SHORT_MS);
    expect(wire.received).toBe('');
  });

  test('an idle connection is closed after the keep-alive timeout', async () => {
    const port = await listen(answer, { keepAliveTimeoutMs: SHORT_MS }, tls);
    const wire = await (await Wire.open(port, { tls })).request('/').answers(1);
    expectSoonAfter(await closes(wire), SHORT_MS);
    expect(wire.error).toBeUndefined();
  });
});

test('a connection on which no request has come yet is cut after the write timeout', async () => {
  const port = await listen(answer, { writeTimeoutMs: SHORT_MS });
  expectSoonAfter(await closes(await Wire.open(port)), SHORT_MS);
});

describe.each([
  ['http', false],
  ['https', true],
])('by %s, a client that stops reading its answer', (_scheme, tls) => {
  test('is cut after the write timeout, not after two of them, and nothing is kept for it', async () => {
    const limitMs = 3000;
    const port = await listen((_request, response) => response.end(Buffer.alloc(LARGE, 'x')), { writeTimeoutMs: limitMs }, tls);
    const closed = new Promise<void>((resolve) => {
      const large = act;
      act = (request, response) => {
        request.socket.once('close', () => resolve());
        large(request, response);
      };
    });
    const wire = (await Wire.open(port, { tls })).request('/');
    wire.socket.pause();
    const startedAt = performance.now();
    await closed;
    expectSoonAfter(performance.now() - startedAt, limitMs);
    expect(performance.now() - startedAt).toBeLessThan(limitMs * 2);
    expect(connectionsOn(port)).toBe(0);
    wire.socket.destroy();
  });
});

test('an answer that comes piece by piece is not cut, however long it takes altogether', async () => {
  const port = await listen(
    (_request, response) => {
      let pieces = 0;
      const timer = setInterval(() => {
        if (++pieces < 30) response.write('piece ');
        else {
          clearInterval(timer);
          response.end('end');
        }
      }, SHORT_MS / 6);
    },
    { writeTimeoutMs: SHORT_MS * 2 },
  );
  const wire = await (await Wire.open(port)).request('/').until(({ received }) => received.includes('end'));
  expect(wire.received.match(/piece /g)).toHaveLength(29);
  wire.socket.destroy();
});

test('a body that comes piece by piece is not cut either', async () => {
  const port = await listen((request, response) => request.resume().once('end', () => response.end('answer')), {
    writeTimeoutMs: SHORT_MS * 2,
  });
  const wire = (await Wire.open(port)).request('/', 'Content-Length: 30');
  for (let i = 0; i < 30; i++) {
    await sleep(SHORT_MS / 6);
    wire.send('x');
  }
  await wire.answers(1);
  wire.socket.destroy();
});

test('a connection that is used again and again is kept, longer than any limit', async () => {
  const port = await listen((_request, response) => void setTimeout(() => response.end('answer'), SHORT_MS / 6), {
    writeTimeoutMs: SHORT_MS * 2,
    keepAliveTimeoutMs: SHORT_MS * 2,
  });
  const wire = await Wire.open(port);
  for (let i = 1; i <= 12; i++) {
    await wire.request('/').answers(i);
    await sleep(SHORT_MS / 3);
  }
  expect(wire.ended).toBe(false);
  wire.socket.destroy();
});

test('a connection that was idle for a while has the whole write timeout for its next answer', async () => {
  const port = await listen(answer, { keepAliveTimeoutMs: SHORT_MS * 2 });
  const wire = await (await Wire.open(port)).request('/').answers(1);
  await sleep(SHORT_MS); // by now its timer runs
  act = (_request, response) => void setTimeout(() => response.end('late'), SHORT_MS * 8);
  await wire.request('/').answers(2);
  wire.socket.destroy();
});

test('an answer tells the client how long its connection is kept', async () => {
  const port = await listen(answer, { keepAliveTimeoutMs: 75_000 });
  const wire = await (await Wire.open(port)).request('/').answers(1);
  expect(wire.received).toMatch(/\r\nConnection: keep-alive\r\nKeep-Alive: timeout=75\r\n/);
  wire.socket.destroy();
});

describe('a time that a handler sets', () => {
  test('counts instead of the write timeout, and what comes of it is the handler’s to say', async () => {
    const port = await listen(
      (_request, response) => {
        response.setTimeout(SHORT_MS * 4, () => setTimeout(() => response.end('too late'), SHORT_MS / 6));
      },
      { writeTimeoutMs: SHORT_MS },
    );
    const startedAt = performance.now();
    const wire = await (await Wire.open(port)).request('/').answers(1);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(SHORT_MS * 4 - 50);
    expect(wire.received).toContain('too late');
    wire.socket.destroy();
  });

  test('of none at all is kept to: a stream may stand still for as long as it likes', async () => {
    const port = await listen(
      (request, response) => {
        request.socket.setTimeout(0);
        response.write('begin ');
        setTimeout(() => response.end('end'), SHORT_MS * 6);
      },
      { writeTimeoutMs: SHORT_MS },
    );
    const wire = (await Wire.open(port)).request('/');
    await wire.until(({ received }) => received.includes('end'));
    wire.request('/'); // the next one has it for itself
    await wire.until(({ received }) => received.split('end').length === 3);
    wire.socket.destroy();
  });

  test('cuts the connection where nobody listens for it', async () => {
    const port = await listen((_request, response) => void response.setTimeout(SHORT_MS), {});
    expectSoonAfter(await closes((await Wire.open(port)).request('/')), SHORT_MS);
  });

  test('ends with its answer: neither the idle connection nor its next answer is cut for it', async () => {
    const port = await listen((_request, response) => {
      response.setTimeout(SHORT_MS, () => undefined);
      response.end('answer');
    }, {});
    const wire = await (await Wire.open(port)).request('/').answers(1);
    await sleep(SHORT_MS * 2);
    wire.request('/');
    await wire.answers(2);
    act = (_request, response) => void setTimeout(() => response.end('slow'), SHORT_MS * 3);
    await wire.request('/').answers(3);
    wire.socket.destroy();
  });
});
