import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hostileRequests } from '../../test/hostile-requests.ts';
import { exchange } from '../../test/raw-client.ts';
import { type RunningService, startService } from '../../test/running-service.ts';

const READ_TIMEOUT_MS = 400;
/** How often slow requests are looked for, and a busy machine. */
const SLACK_MS = 2000;

let service: RunningService;

beforeAll(async () => {
  service = await startService({ http: { handler: handle, readTimeoutMs: READ_TIMEOUT_MS } });
});
afterAll(() => service.stop());

function handle(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.once('end', () => response.end(JSON.stringify({ own: Object.keys(request.headers), raw: request.rawHeaders })));
}

function get(path = '/'): Promise<Response> {
  return fetch(`http://127.0.0.1:${service.port}${path}`);
}

describe('a limit', () => {
  const limits = hostileRequests.find(([part]) => part === 'limits')?.[1].filter(({ answer }) => answer !== 200) ?? [];
  test.each(limits.map((row) => [row.name, row] as const))('reached by %s: the next request is served', async (_name, { send, answer }) => {
    expect((await exchange(service.port, [send])).statuses).toEqual([answer]);
    expect((await get()).status).toBe(200);
  });

  test('is not reached by 200 fields and a target of 8,192 characters', async () => {
    const fields = Array.from({ length: 198 }, (_, i) => `X${i}: b\r\n`).join('');
    const { statuses } = await exchange(service.port, [
      `GET /${'a'.repeat(8191)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`,
    ]);
    expect(statuses).toEqual([200]);
  });

  test('on header fields loses none of them silently: all 199 reach the handler', async () => {
    const fields = Array.from({ length: 197 }, (_, i) => `X${i}: b\r\n`).join('');
    const { text } = await exchange(service.port, [`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`]);
    expect(text).toContain('X196');
  });
});

test('a field named __proto__ changes no prototype and can be read from rawHeaders', async () => {
  const send = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n__proto__: polluted\r\nconstructor: b\r\n\r\n';
  const { text } = await exchange(service.port, [send]);
  const { raw } = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4).replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, '')) as { raw: string[] };
  expect(raw).toContain('__proto__');
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

describe('a slow client is closed soon after the read timeout, and others are served meanwhile', () => {
  const slow: readonly [string, string, string, number[]][] = [
    ['that sends nothing', '', '', [408]],
    ['that sends its head byte by byte', 'GET / HTTP/1.1\r\nX: ', 'a', [408]],
    ['that sends one field after the other', 'GET / HTTP/1.1\r\n', 'X: a\r\n', [408]],
    ['that sends its body byte by byte', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n', 'a', [408]],
    ['that sends its body chunk by chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\na\r\n', [408]],
  ];
  test.each(slow)('%s', async (_name, head, drip, statuses) => {
    const startedAt = performance.now();
    const clients = Array.from({ length: 20 }, () => dripping(head, drip));
    expect((await get()).status).toBe(200);
    for (const text of await Promise.all(clients))
      expect([...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => Number(status))).toEqual(statuses);
    expect(performance.now() - startedAt).toBeLessThan(READ_TIMEOUT_MS + SLACK_MS);
  });
});

/** Sends `head`, then `drip` every 20 ms until the server closes. Resolves to what it answered. */
function dripping(head: string, drip: string): Promise<string> {
  const socket: Socket = connect({ port: service.port, host: '127.0.0.1' });
  let text = '';
  const timer = setInterval(() => socket.write(drip), 20);
  socket.write(head);
  socket.setEncoding('latin1').on('data', (data) => (text += String(data)));
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearInterval(timer);
      resolve(text);
    });
  });
}
