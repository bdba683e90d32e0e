import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { FormData, request } from 'undici';
import { curl, testWithCurl } from '../../test/curl.ts';
import { later } from '../../test/later.ts';
import { RawClient } from '../../test/raw-client.ts';
import { ask, logged, serve } from '../../test/server.ts';
import { get, post, type HttpRequest } from '../index.ts';
import { MultipartError, multipart, type MultipartOptions } from '../multipart.ts';

const MIB = 1024 * 1024;
const digest = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** What a form has, with files by their digests. */
async function partsOf(request: HttpRequest, options?: MultipartOptions): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const part of multipart(options)(request)) {
    if (part.kind === 'field') found.push([part.name, part.value]);
    else {
      const hash = createHash('sha256');
      for await (const chunk of part.stream) hash.update(chunk as Buffer);
      found.push([part.name, part.filename, part.contentType, hash.digest('hex')]);
    }
  }
  return found;
}

const upload = (options?: MultipartOptions, maxBodyBytes = 64 * MIB) =>
  serve([post('/', (request) => partsOf(request, options), { maxBodyBytes }), get('/next', () => 'next')]);

const BOUNDARY = 'x-boundary';
const TYPE = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
const field = (name: string, value: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (name: string, filename: string, text: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: text/plain\r\n\r\n${text}\r\n`;
const END = `--${BOUNDARY}--\r\n`;
const sent = (body: string) => ({ method: 'POST', headers: TYPE, body });

test('fields and files come in their order, and whole', async () => {
  const port = await upload();
  const body = [field('title', 'Téa'), file('photo', 'a.txt', 'one'), field('__proto__', 'x'), file('photo', 'b.txt', ''), END].join('');
  expect((await ask(port, '/', sent(body))).json).toEqual([
    ['title', 'Téa'],
    ['photo', 'a.txt', 'text/plain', digest('one')],
    ['__proto__', 'x'],
    ['photo', 'b.txt', 'text/plain', digest('')],
  ]);
  expect((await ask(port, '/', sent(END))).json).toEqual([]);
});

test('a name of a file has no folders', async () => {
  const port = await upload();
  const names = ['../../etc/passwd', 'C:\\\\temp\\\\x.txt', '..', '/'].map((name) => file('f', name, ''));
  const found = (await ask(port, '/', sent(names.join('') + END))).json as [string, string][];
  for (const [, filename] of found) expect(filename).not.toMatch(/[/\\]/);
});

test('no name is cut: a long one is a 413', async () => {
  const port = await upload();
  for (const part of [field('n'.repeat(1025), '1'), file('f', 'n'.repeat(1025), '1'), field('n'.repeat(100_000), '1')]) {
    expect(await ask(port, '/', sent(part + END))).toMatchObject({ status: 413, json: { error: 'a name is too long' } });
  }
  expect((await ask(port, '/', sent(field('n'.repeat(1024), '1') + END))).json).toEqual([['n'.repeat(1024), '1']]);
});

const bytes = randomBytes(3 * MIB);

test("undici's forms arrive", async () => {
  const port = await upload();
  const form = new FormData();
  form.append('title', 'tea');
  form.append('photo', new File([bytes], 'tea.jpg', { type: 'image/jpeg' }));
  const { body } = await request(`http://127.0.0.1:${port}/`, { method: 'POST', body: form });
  expect(await body.json()).toEqual([
    ['title', 'tea'],
    ['photo', 'tea.jpg', 'image/jpeg', digest(bytes)],
  ]);
});

testWithCurl("curl's forms arrive", async () => {
  const port = await upload();
  const folder = mkdtempSync(join(tmpdir(), 'patron-upload-'));
  writeFileSync(join(folder, 'tea.bin'), bytes);
  const answer = await curl('-F', 'title=tea', '-F', `photo=@${join(folder, 'tea.bin')}`, `http://127.0.0.1:${port}/`);
  rmSync(folder, { recursive: true });
  expect(JSON.parse(answer)).toEqual([
    ['title', 'tea'],
    ['photo', 'tea.bin', 'application/octet-stream', digest(bytes)],
  ]);
});

test.each<[string, string, MultipartOptions, string]>([
  ['too many files', file('a', 'a', '1') + file('b', 'b', '2'), { maxFiles: 1 }, 'there are too many files'],
  ['no file allowed', file('a', 'a', '1'), { maxFiles: 0 }, 'there are too many files'],
  ['too many fields', field('a', '1') + field('b', '2'), { maxFields: 1 }, 'there are too many fields'],
  ['a long field', field('a', 'x'.repeat(11)), { maxFieldBytes: 10 }, 'a field is too long'],
  ['a long file', file('a', 'a', 'x'.repeat(11)), { maxFileBytes: 10 }, 'a file is too long'],
  ['a long body', file('a', 'a', 'x'.repeat(2000)), {}, 'Payload Too Large'],
])('%s: a 413, and the next request is fine', async (_what, body, options, error) => {
  const port = await upload(options, 1000);
  for (const chunked of [false, true]) {
    const question = { ...sent(body + END), headers: { ...TYPE, ...(chunked && { 'Transfer-Encoding': 'chunked' }) } };
    expect(await ask(port, '/', question)).toMatchObject({ status: 413, json: { error } });
  }
  expect((await ask(port, '/next')).text).toBe('next');
  expect(logged.lines).toEqual([]);
});

test.each([
  ['no boundary in it', 'no form at all'],
  ['no end', file('a', 'a', 'text').slice(0, -2)],
  ['an end in the middle of a file', file('a', 'a', 'x'.repeat(200_000))],
  ['an end in the middle of a header', `--${BOUNDARY}\r\nContent-Disp`],
  ['a part without a name', `--${BOUNDARY}\r\nContent-Disposition: form-data; filename="a"\r\n\r\nx\r\n${END}`],
  ['an empty body', ''],
])('a form with %s is a 400', async (_what, body) => {
  const answer = await ask(await upload(), '/', sent(body));
  expect([answer.status, (answer.json as { problems: { in: string }[] }).problems[0]?.in]).toEqual([400, 'body']);
  expect(logged.lines).toEqual([]);
});

test.each([
  [415, { 'Content-Type': 'application/json' }],
  [415, { 'Content-Type': 'multipart/mixed; boundary=x' }],
  [415, { ...TYPE, 'Content-Encoding': 'gzip' }],
  [415, {}],
  [400, { 'Content-Type': 'multipart/form-data' }],
])('%i for %j', async (status, headers) => {
  expect((await ask(await upload(), '/', { method: 'POST', headers, body: 'x' })).status).toBe(status);
});

test('headers of a part that never end are a 400', async () => {
  const body = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${'n'.repeat(200_000)}`;
  expect((await ask(await upload(), '/', sent(body))).status).toBe(400);
});

test('what is not read of a file is dropped, and so is all behind a loop that was left', async () => {
  const port = await serve([
    post(
      '/',
      async (request) => {
        const names: string[] = [];
        for await (const part of multipart()(request)) {
          names.push(part.name);
          if (part.name === 'last') break;
        }
        return names;
      },
      { maxBodyBytes: 64 * MIB },
    ),
  ]);
  const large = 'x'.repeat(2 * MIB);
  const client = await RawClient.to(port);
  const body = [file('a', 'a', large), field('b', '1'), file('last', 'c', large), field('d', '2'), END].join('');
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE['Content-Type']}\r\nContent-Length: ${body.length}\r\n`;
  await client.send(`${head}\r\n${body}${head}Connection: close\r\n\r\n${body}`);
  await client.closed;
  expect(client.statuses).toEqual([201, 201]);
  expect([...client.received.matchAll(/\["a","b","last"\]/g)]).toHaveLength(2);
});

test('a file is taken no faster than it is read', async () => {
  const began = later();
  const gate = later();
  const port = await serve([
    post(
      '/',
      async (request) => {
        for await (const part of multipart()(request)) {
          if (part.kind === 'field') continue;
          began.resolve();
          await gate.promise;
          part.stream.resume();
        }
        return 'done';
      },
      { maxBodyBytes: 1024 * MIB },
    ),
  ]);
  let sentBytes = 0;
  const body = Readable.from(
    (function* () {
      yield Buffer.from(file('a', 'a', '').slice(0, -2));
      for (; sentBytes < 200 * MIB; sentBytes += MIB) yield Buffer.alloc(MIB, 'x');
      yield Buffer.from(`\r\n${END}`);
    })(),
  );
  const answer = request(`http://127.0.0.1:${port}/`, { method: 'POST', headers: TYPE, body });
  await began.promise;
  for (let last = -1; last !== sentBytes; ) {
    last = sentBytes;
    await sleep(100); // until nothing moves any more
  }
  expect(sentBytes).toBeLessThan(32 * MIB); // what sockets of the system take
  gate.resolve();
  expect(await (await answer).body.text()).toBe('done');
  expect(sentBytes).toBe(200 * MIB);
});

test('a client that goes in the middle of a file is told to whoever reads it', async () => {
  const errors: unknown[] = [];
  const began = later();
  const seen = later();
  const port = await serve([
    post('/', async (request) => {
      try {
        for await (const part of multipart()(request)) {
          if (part.kind === 'field') continue;
          for await (const _ of part.stream) began.resolve();
        }
      } catch (error) {
        errors.push(error);
        seen.resolve();
        throw error;
      }
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE['Content-Type']}\r\nContent-Length: 9999\r\n\r\n`);
  await client.send(file('a', 'a', 'x'.repeat(500)).slice(0, 400));
  await began.promise;
  client.socket.resetAndDestroy();
  await seen.promise;
  expect(errors).toMatchObject([{ code: 'PATRON_HTTP_CLIENT_GONE' }]);
});

test('all that is wrong with the options is said at once', () => {
  let error: unknown;
  try {
    multipart({ maxFiles: -1, maxFileBytes: '1 MB', maxSize: 1 } as never);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(MultipartError);
  expect(error).toMatchObject({
    code: 'PATRON_HTTP_MULTIPART_INVALID',
    problems: [
      'there is no option "maxSize"',
      expect.stringContaining('maxFiles is -1: it takes a whole number'),
      expect.stringContaining('maxFileBytes is "1 MB": it takes a whole number'),
    ],
  });
});

test('without @fastify/busboy the error says how to install it', async () => {
  const alone = mkdtempSync(join(tmpdir(), 'patron-upload-'));
  cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), join(alone, 'dist'), { recursive: true });
  writeFileSync(join(alone, 'package.json'), '{"type":"module"}');
  const { loadBusboy } = (await import(join(alone, 'dist/multipart/library.js'))) as typeof import('./library.ts');
  expect(loadBusboy).toThrow(
    expect.objectContaining({ code: 'PATRON_HTTP_MULTIPART_MISSING', message: expect.stringMatching(/npm install @fastify\/busboy@3$/) }),
  );
  rmSync(alone, { recursive: true });
});
