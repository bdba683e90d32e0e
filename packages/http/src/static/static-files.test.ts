import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, logged, serve } from '../../test/server.ts';
import { RawClient } from '../../test/raw-client.ts';
import { compression, get, type RoutesOptions } from '../index.ts';
import { StaticFilesError, staticFiles, type StaticFilesOptions } from '../static.ts';

const LARGE = 8 * 1024 * 1024;
const TEXT = `${'All work and no play. '.repeat(200)}\n`;
const CHANGED = new Date('2026-01-02T03:04:05Z');
let outside = '';
let folder = '';

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'patron-static-'));
  folder = join(outside, 'site');
  mkdirSync(join(folder, 'docs', 'guide'), { recursive: true });
  mkdirSync(join(folder, 'empty'));
  mkdirSync(join(folder, '.git'));
  mkdirSync(join(folder, '.well-known'));
  const write = (name: string, text: string | Buffer): void => writeFileSync(join(folder, name), text);
  write('index.html', '<h1>Home</h1>');
  write('docs/index.html', '<h1>Docs</h1>');
  write('docs/guide/index.html', '<h1>Guide</h1>');
  write('app.js', 'start()');
  write('notes.txt', TEXT);
  write('nothing.bin', '');
  write('a name & ünï.txt', 'odd');
  write('100%.txt', 'percent');
  write('large.bin', Buffer.alloc(LARGE, 'x'));
  write('.env', 'SECRET=1');
  write('.git/config', 'SECRET=2');
  write('.well-known/security.txt', 'Contact: mailto:a@example.org');
  writeFileSync(join(outside, 'secret.txt'), 'SECRET=3');
  mkdirSync(join(outside, 'site-of-another'));
  writeFileSync(join(outside, 'site-of-another', 'secret.txt'), 'SECRET=4');
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'link.txt'));
  symlinkSync(outside, join(folder, 'out'));
  symlinkSync(join(outside, 'site-of-another'), join(folder, 'neighbour'));
  symlinkSync('app.js', join(folder, 'inner.js'));
  symlinkSync('round.txt', join(folder, 'round.txt'));
  utimesSync(join(folder, 'app.js'), CHANGED, CHANGED);
});

afterAll(() => rmSync(outside, { recursive: true }));

const site = (options?: StaticFilesOptions, all?: RoutesOptions): Promise<number> => {
  const files = staticFiles(folder, options);
  return serve([get('/', files), get('/site/*path', files), get('/*path', files)], all);
};
const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test.each([
  ['/app.js', 'application/javascript; charset=utf-8', 'start()'],
  ['/site/app.js', 'application/javascript; charset=utf-8', 'start()'],
  ['/inner.js', 'application/javascript; charset=utf-8', 'start()'],
  ['/notes.txt?v=2', 'text/plain; charset=utf-8', TEXT],
  ['/nothing.bin', 'application/octet-stream', ''],
  ['/a%20name%20&%20%C3%BCn%C3%AF.txt', 'text/plain; charset=utf-8', 'odd'],
  ['/100%25.txt', 'text/plain; charset=utf-8', 'percent'],
  ['/', 'text/html; charset=utf-8', '<h1>Home</h1>'],
  ['/docs/', 'text/html; charset=utf-8', '<h1>Docs</h1>'],
  ['/docs/guide/', 'text/html; charset=utf-8', '<h1>Guide</h1>'],
  ['/docs%2Fguide/index.html', 'text/html; charset=utf-8', '<h1>Guide</h1>'],
])('%s is answered with its file and its type', async (path, type, text) => {
  const answer = await ask(await site(), path);
  expect(answer).toMatchObject({ status: 200, text, headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(text)) } });
});

test('HEAD has the head of GET, and no body', async () => {
  const port = await site();
  const [get, head] = [await ask(port, '/notes.txt'), await ask(port, '/notes.txt', { method: 'HEAD' })];
  expect([head.status, head.text]).toEqual([200, '']);
  for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'cache-control', 'accept-ranges'])
    expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
  expect(head.headers['content-length']).toBe(String(TEXT.length));
});

test('a folder without its slash is redirected to the one with it, whatever the name of the host looks like', async () => {
  const port = await site();
  expect(await ask(port, '/docs?a=1')).toMatchObject({ status: 301, headers: { location: './docs/?a=1' } });
  expect(await ask(port, '/site/docs/guide')).toMatchObject({ status: 301, headers: { location: './guide/' } });
  expect(new URL('./docs/', 'http://shop.example//docs').host).toBe('shop.example');
  expect((await ask(port, '//docs')).headers.location).toBe('./docs/');
  expect((await ask(port, '/empty/')).status).toBe(404);
});

test('where routes() takes slashes for nothing, a folder answers with its index all the same', async () => {
  const port = await site({}, { trailingSlash: 'ignore' });
  expect(await ask(port, '/docs/')).toMatchObject({ status: 200, text: '<h1>Docs</h1>' });
  expect(await ask(port, '/docs')).toMatchObject({ status: 301, headers: { location: './docs/' } });
});

test('nobody asks for a file that has not changed, HTML is asked for each time, and names with a hash are not', async () => {
  const port = await site({ maxAgeSeconds: 60 });
  const first = await ask(port, '/app.js');
  expect(first.headers).toMatchObject({ 'cache-control': 'public, max-age=60', 'last-modified': CHANGED.toUTCString() });
  const again = await ask(port, '/app.js', { headers: { 'If-None-Match': first.headers.etag } });
  expect(again).toMatchObject({ status: 304, text: '', headers: { etag: first.headers.etag } });
  expect((await ask(port, '/app.js', { headers: { 'If-Modified-Since': CHANGED.toUTCString() } })).status).toBe(304);
  expect((await ask(port, '/app.js', { headers: { 'If-None-Match': '"other"', 'If-Modified-Since': CHANGED.toUTCString() } })).status).toBe(
    200,
  );
  expect((await ask(port, '/app.js', { headers: { 'If-Match': '"other"' } })).status).toBe(412);
  expect((await ask(port, '/')).headers['cache-control']).toBe('no-cache');
  const hashed = await site({ maxAgeSeconds: 31_536_000, immutable: true });
  expect((await ask(hashed, '/app.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

test.each([
  ['bytes=2-4', 206, 'art', 'bytes 2-4/7'],
  ['bytes=-3', 206, 't()', 'bytes 4-6/7'],
  ['bytes=5-100', 206, '()', 'bytes 5-6/7'],
  ['bytes=7-', 416, undefined, 'bytes */7'],
  ['bytes=0-1,3-4', 200, 'start()', undefined],
  ['bytes=4-2', 416, undefined, 'bytes */7'],
  ['lines=1-2', 200, 'start()', undefined],
])('the range %s is a %i', async (range, status, text, contentRange) => {
  const answer = await ask(await site(), '/app.js', { headers: { Range: range } });
  expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange]);
  if (text !== undefined) expect([answer.text, answer.headers['content-length']]).toEqual([text, String(text.length)]);
});

test('a range of a file that has changed since is the whole file', async () => {
  const answer = await ask(await site(), '/app.js', { headers: { Range: 'bytes=2-4', 'If-Range': '"old"' } });
  expect(answer).toMatchObject({ status: 200, text: 'start()' });
});

test.each([
  '/../secret.txt',
  '/../../secret.txt',
  '/docs/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/%2E%2E/secret.txt',
  '/.%2e/secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/docs/%2e%2e/%2e%2e/secret.txt',
  '/docs%2f..%2f..%2fsecret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/docs/..\\..\\secret.txt',
  '/%252e%252e/secret.txt',
  '/..;/secret.txt',
  '/....//secret.txt',
  '/..%00/secret.txt',
  '/app.js%00.html',
  '/%00',
  '//etc/passwd',
  '/%2fetc%2fpasswd',
  '/file:///etc/passwd',
  '/C:/secret.txt',
  '/..%c0%afsecret.txt',
  '/%c0%ae%c0%ae/secret.txt',
  '/../site-of-another/secret.txt',
  '/link.txt',
  '/out/secret.txt',
  '/out/site/app.js/../../secret.txt',
  '/neighbour/secret.txt',
  '/round.txt',
  '/.env',
  '/%2eenv',
  '/.git/config',
  '/docs/../.git/config',
  '/.well-known/security.txt',
  '/app.js/',
  '/app.js/x',
  '/__proto__',
  '/constructor',
  `/${'a'.repeat(300)}`,
  `/${'a/'.repeat(50)}x`,
])('%s leads nowhere', async (path) => {
  const client = await RawClient.to(await site({ fallback: 'index.html' }));
  await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await client.closed;
  expect([400, 404]).toContain(client.statuses[0]);
  expect(client.received).not.toContain('SECRET');
  expect(logged.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test('names with a dot in front are served where that is asked for', async () => {
  expect((await ask(await site({ dotFiles: true }), '/.well-known/security.txt')).text).toMatch(/^Contact/);
});

test('a navigation to what is no file gets the fallback; a file that is missing, or a call that wants something else, a 404', async () => {
  const port = await site({ fallback: 'index.html' });
  expect(await ask(port, '/orders/7', { headers: html })).toMatchObject({
    status: 200,
    text: '<h1>Home</h1>',
    headers: { 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8' },
  });
  expect((await ask(port, '/orders/7', { headers: html, method: 'HEAD' })).status).toBe(200);
  expect((await ask(port, '/old.js', { headers: html })).status).toBe(404);
  expect((await ask(port, '/orders/7', { headers: { Accept: 'application/json' } })).status).toBe(404);
  expect((await ask(port, '/orders/7')).status).toBe(404);
  expect((await ask(await site(), '/orders/7', { headers: html })).status).toBe(404);
});

test('files are compressed by compression(), parts of them are not', async () => {
  const port = await site({}, { middlewares: [compression({ codings: ['gzip'] })] });
  const headers = { 'Accept-Encoding': 'gzip' };
  expect((await ask(port, '/notes.txt', { headers })).headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  expect((await ask(port, '/notes.txt', { headers: { ...headers, Range: 'bytes=0-99' } })).headers['content-encoding']).toBeUndefined();
});

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const settled = async (most: number): Promise<void> => {
  for (let tries = 0; descriptors() > most && tries < 500; tries++) await new Promise(setImmediate);
};

test('clients that go in the middle of a file leave no descriptor open', async () => {
  const port = await site();
  await ask(port, '/app.js');
  const before = descriptors();
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const client = await RawClient.to(port);
        await client.send('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n');
        if (index % 2 === 0) await client.until(/xxx/);
        return client;
      }),
    );
    for (const { socket } of clients) socket.resetAndDestroy();
    await Promise.all(clients.map(({ closed }) => closed));
  }
  await settled(before + 2);
  expect(descriptors()).toBeLessThanOrEqual(before + 2);
});

test('a file that becomes shorter while it is sent breaks the answer off', async () => {
  const file = join(folder, 'shrinks.bin');
  writeFileSync(file, Buffer.alloc(LARGE, 'x'));
  const client = await RawClient.to(await site());
  client.socket.pause();
  await client.send('GET /shrinks.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => client.socket.once('readable', resolve));
  truncateSync(file, 1024);
  client.socket.resume();
  await client.closed;
  expect(client.received).toContain(`Content-Length: ${LARGE}`);
  expect(client.received.length).toBeLessThan(LARGE);
  expect(logged.lines).toMatchObject([{ level: 'error', message: 'answer broke off' }]);
});

test('all that is wrong with folder and options is said at once', () => {
  const wrong = { index: 'a/b', fallback: 'none.html', maxAgeSeconds: -1, immutable: 1, dotfiles: true } as never;
  let error: unknown;
  try {
    staticFiles(join(folder, 'nowhere'), wrong);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(StaticFilesError);
  expect(error).toMatchObject({
    code: 'PATRON_HTTP_STATIC_INVALID',
    problems: [
      `there is no folder ${join(folder, 'nowhere')}`,
      'there is no option "dotfiles"',
      'index is "a/b": it takes the name of a file, or false',
      `fallback is "none.html", and there is no such file in ${join(folder, 'nowhere')}`,
      'maxAgeSeconds is -1: it takes a whole number, 0 to 31536000',
      'immutable is 1: it takes true or false',
    ],
  });
  expect(() => staticFiles(pathToFileURL(folder))).not.toThrow();
  expect(() => staticFiles(new URL('http://a/b'))).toThrow(/takes a path, or a file: URL/);
  expect(() => staticFiles('')).toThrow(/takes a path, or a file: URL/);
});

test('without @fastify/send the error says how to install it', async () => {
  const alone = mkdtempSync(join(tmpdir(), 'patron-static-'));
  cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), join(alone, 'dist'), { recursive: true });
  writeFileSync(join(alone, 'package.json'), '{"type":"module"}');
  const { loadSend } = (await import(join(alone, 'dist/static/library.js'))) as typeof import('./library.ts');
  expect(loadSend).toThrow(
    expect.objectContaining({ code: 'PATRON_HTTP_STATIC_MISSING', message: expect.stringMatching(/npm install @fastify\/send@4$/) }),
  );
  rmSync(alone, { recursive: true });
});
