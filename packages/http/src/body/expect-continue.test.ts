import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { curl, testWithCurl } from '../../test/curl.ts';
import { RawClient } from '../../test/raw-client.ts';
import { runService } from '../../test/service.ts';
import { apiKey, get, type HttpRequest, post, routes } from '../index.ts';

let handled = 0;
const length = async (request: HttpRequest): Promise<string> => {
  handled++;
  return `${(await request.bytes()).length} bytes`;
};
const start = (): Promise<number> =>
  runService(
    routes(
      [
        post('/read', length),
        post('/twice', async (request) => `${(await request.bytes()).length} and ${(await request.text()).length}`),
        post('/late', async (request) => {
          await new Promise(setImmediate);
          return (await request.bytes()).length;
        }),
        post('/raw', ({ raw }) => raw),
        post('/unread', () => 'not wanted'),
        post('/guarded', length, { auth: apiKey(new Map([['k', 1]])) }),
        get('/next', () => 'next'),
      ],
      { maxBodyBytes: 1000 },
    ),
  );
const HEAD = 'Host: a\r\nExpect: 100-continue\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

test.each([
  ['/read', '5 bytes'],
  ['/twice', '5 and 5'],
  ['/late', '5'],
  ['/raw', 'hello'],
])('%s: a client is asked for its body once, when that is read, and stays connected', async (path, answer) => {
  const client = await RawClient.to(await start());
  await client.send(`POST ${path} HTTP/1.1\r\n${HEAD}Content-Length: 5\r\n\r\n`);
  await client.until(/100 Continue\r\n\r\n$/);
  await client.send('hello');
  await client.until(new RegExp(`${answer}(\r\n0\r\n\r\n)?$`));
  expect(client.received).not.toContain('Connection: close');
  await client.send('GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.statuses).toEqual([100, 201, 200]);
});

test.each([
  ['POST /none', 404, 5],
  ['PUT /read', 405, 5],
  ['POST /guarded', 401, 5],
  ['POST /read', 413, 5000],
  ['POST /unread', 201, 5],
])('%s, answered with %i without its body: no client is asked for it, and the connection ends', async (line, status, bytes) => {
  handled = 0;
  const client = await RawClient.to(await start());
  await client.send(`${line} HTTP/1.1\r\n${HEAD}Content-Length: ${bytes}\r\n\r\n`);
  await client.until(/\r\n\r\n.+/s);
  expect(client.received).toContain('Connection: close\r\n');
  await client.closed;
  expect(client.statuses).toEqual([status]);
  expect(client.received).not.toContain(CONTINUE);
  if (status === 401) expect(handled).toBe(0);
});

test('a chunked body is asked for, too, and refused where it grows too long', async () => {
  const client = await RawClient.to(await start());
  await client.send(`POST /read HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  await client.until(/100 Continue\r\n\r\n$/);
  await client.send(`7d0\r\n${'x'.repeat(2000)}\r\n`);
  await client.closed;
  expect(client.statuses).toEqual([100, 413]);
});

test('answers keep their order where requests are pipelined', async () => {
  const client = await RawClient.to(await start());
  await client.send(`GET /next HTTP/1.1\r\nHost: a\r\n\r\nPOST /read HTTP/1.1\r\n${HEAD}Content-Length: 5\r\nConnection: close\r\n\r\n`);
  await client.until(/100 Continue\r\n\r\n$/);
  await client.send('hello');
  await client.closed;
  expect(client.statuses).toEqual([200, 100, 201]);
});

test('a client that does not wait is answered all the same, and one of HTTP/1.0 is not asked', async () => {
  const port = await start();
  const eager = await RawClient.to(port);
  await eager.send(`POST /read HTTP/1.1\r\n${HEAD}Content-Length: 5\r\nConnection: close\r\n\r\nhello`);
  await eager.closed;
  expect([eager.statuses.at(-1), eager.received.endsWith('5 bytes')]).toEqual([201, true]);
  const old = await RawClient.to(port);
  await old.send(`POST /read HTTP/1.0\r\n${HEAD}Content-Length: 5\r\n\r\nhello`);
  await old.closed;
  expect(old.statuses).toEqual([201]);
});

testWithCurl('curl uploads what is wanted, and nothing of what is not', async () => {
  const port = await start();
  const folder = mkdtempSync(join(tmpdir(), 'patron-expect-'));
  writeFileSync(join(folder, 'small'), 'x'.repeat(900));
  const upload = (path: string): Promise<string> =>
    curl(
      ...['-o', join(folder, 'answer'), '-w', '%{http_code} %{size_upload}', '-H', 'Expect: 100-continue', '-X', 'POST'],
      ...['-T', join(folder, 'small'), `http://127.0.0.1:${port}${path}`],
    );
  expect(await upload('/read')).toBe('201 900');
  expect(await upload('/guarded')).toBe('401 0');
  rmSync(folder, { recursive: true });
});
