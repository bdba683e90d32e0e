import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { exchange } from '../../test/raw-client.ts';
import { type RunningService, startService } from '../../test/running-service.ts';

const MALFORMED = 'GET /malformed HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n';
const SLOW = 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n';
const UPLOAD = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n';

let service: RunningService;
let answer: (response: ServerResponse) => void;
let seen: string[] = [];
let sockets: Socket[] = [];

beforeAll(async () => {
  service = await startService({ http: handle });
});
beforeEach(() => {
  seen = [];
  sockets = [];
});
afterAll(() => service.stop());

/** Answers /slow when the test says so, refuses uploads without reading them. */
function handle(request: IncomingMessage, response: ServerResponse): void {
  seen.push(request.url ?? '');
  sockets.push(request.socket);
  if (request.url === '/slow') answer(response);
  else if (request.url === '/upload') response.writeHead(413, { Connection: 'close', 'Content-Length': 8 }).end('too much');
  else if (request.url === '/last') response.writeHead(200, { Connection: 'close' }).end('last');
  else response.end('ok');
}

test('a malformed request behind one that is being answered does not take its answer away', async () => {
  answer = (response) => setImmediate(() => response.end('slow but here'));
  const { text, statuses } = await exchange(service.port, [SLOW + MALFORMED]);
  expect(statuses).toEqual([200, 400]);
  expect(text).toContain('slow but here');
  expect(seen).toEqual(['/slow']);
});

test('a malformed request behind half an answer cuts the connection: an answer in an answer would be read as its body', async () => {
  answer = (response) => {
    response.writeHead(200, { 'Content-Length': 100 });
    response.write('half');
    response.once('close', () => seen.push('closed'));
  };
  const body = 'POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n';
  const { text, statuses } = await exchange(service.port, [body]);
  expect(statuses).toEqual([200]);
  expect(text.endsWith('half')).toBe(true);
  expect(seen).toEqual(['/slow', 'closed']);
});

test('a handler that waits for a body learns that it is malformed', async () => {
  const aborted = new Promise<NodeJS.ErrnoException>((resolve) => {
    answer = (response) => response.req.once('error', resolve);
  });
  const { statuses } = await exchange(service.port, ['POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n']);
  expect(statuses).toEqual([400]);
  expect((await aborted).code).toBe('ECONNRESET');
});

test('bytes behind a request that said Connection: close do not take its answer away', async () => {
  answer = (response) => setImmediate(() => response.end('here'));
  const { text, statuses } = await exchange(service.port, ['GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nrubbish']);
  expect(statuses).toEqual([200]);
  expect(text.endsWith('here')).toBe(true);
});

test('a client that is refused in the middle of an upload gets the answer and no reset', async () => {
  const client = connect({ port: service.port, host: '127.0.0.1' });
  const events: string[] = [];
  client.setEncoding('latin1').on('data', (data) => events.push(String(data)));
  client.once('end', () => events.push('end')).on('error', (error: NodeJS.ErrnoException) => events.push(String(error.code)));
  client.write(UPLOAD + 'x'.repeat(512 * 1024)); // more than is read before the answer, less than would block
  await new Promise((resolve) => client.once('close', resolve));
  expect(events).toEqual([expect.stringMatching(/^HTTP\/1\.1 413 [\s\S]*too much$/), 'end']);
});

test.each([
  ['a malformed request', MALFORMED],
  ['a request that is refused', UPLOAD.replace('Host: a\r\n', '')],
])('a client that goes on sending behind %s is read for 64 KiB and what is in the buffers, then cut', async (_, send) => {
  const accepted: Socket[] = [];
  const onConnection = (message: unknown): void => void accepted.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', onConnection);
  const client = connect({ port: service.port, host: '127.0.0.1' }).on('error', () => undefined);
  client.resume();
  const block = Buffer.alloc(64 * 1024);
  const push = (): void => {
    while (client.writable && client.write(block));
  };
  client.on('drain', push);
  client.write(send);
  push();
  await new Promise((resolve) => client.once('close', resolve));
  unsubscribe('net.server.socket', onConnection);
  expect(seen).toEqual([]);
  expect(accepted[0]?.bytesRead).toBeLessThan(4 * 64 * 1024);
});

test('a request that arrives while a connection is closing is not carried out', async () => {
  const client = connect({ port: service.port, host: '127.0.0.1', allowHalfOpen: true });
  client.resume();
  client.write('GET /last HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(client, 'end');
  client.end('GET /too-late HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(sockets[0] as Socket, 'close');
  expect(seen).toEqual(['/last']);
});

test('what is refused is counted apart from the requests of the application', async () => {
  const before = await refused(service);
  await exchange(service.port, [MALFORMED]);
  await exchange(service.port, ['GET / HTTP/1.1\r\n\r\n']);
  expect(await refused(service)).toBe(before + 2);
});

async function refused({ port }: RunningService): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/http_server_refused_requests_total\{http_response_status_code="400"\} (\d+)/.exec(text)?.[1] ?? 0);
}
