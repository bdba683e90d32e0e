import { expect, test } from '@jest/globals';
import { request as ask } from 'undici';
import { later } from '../test/later.ts';
import { RawClient } from '../test/raw-client.ts';
import { serve } from '../test/server.ts';
import { get, type HttpRequest } from './index.ts';

const LINKS = ['</app.css>; rel=preload; as=style', '</app.js>; rel=modulepreload'];

test('hints arrive before the answer, as often as they are sent, and the answer is as it was', async () => {
  const gate = later();
  const port = await serve([
    get('/', async (request) => {
      request.earlyHints({ link: LINKS });
      request.earlyHints({ Link: '</b.css>; rel=preload; as=style', 'X-More': 'yes' });
      await gate.promise;
      return { page: 1 };
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until(/b\.css[^]*\r\n\r\n$/);
  expect(client.received).toContain(`HTTP/1.1 103 Early Hints\r\nLink: ${LINKS.join(', ')}\r\n\r\n`);
  expect(client.received).toMatch(/x-more: yes\r\n/i);
  gate.resolve();
  await client.until(/\{"page":1\}$/);
  expect(client.statuses).toEqual([103, 103, 200]);
  await client.send('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.statuses).toEqual([103, 103, 200, 103, 103, 200]);
});

test("undici's callers see them", async () => {
  const port = await serve([get('/', (request) => (request.earlyHints({ link: LINKS[0] as string }), 'page'))]);
  const seen: unknown[] = [];
  const { statusCode, body } = await ask(`http://127.0.0.1:${port}/`, {
    onInfo: ({ statusCode: info, headers }) => seen.push([info, headers['link']]),
  });
  expect([statusCode, await body.text(), seen]).toEqual([200, 'page', [[103, LINKS[0]]]]);
});

test('a client of HTTP/1.0 gets none', async () => {
  const port = await serve([get('/', (request) => (request.earlyHints({ link: LINKS }), 'page'))]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
  await client.closed;
  expect(client.statuses).toEqual([200]);
});

test.each<[string, (request: HttpRequest) => unknown, RegExp]>([
  ['a line break', (request) => request.earlyHints({ link: '</a>; rel=preload\r\nX: y' }), /header "link" can't be sent/],
  ['a line break elsewhere', (request) => request.earlyHints({ link: LINKS, 'X-A': 'a\nb' }), /header "X-A" can't be sent/],
  ['what is no link', (request) => request.earlyHints({ link: 'app.css' }), /early hints can't be sent/],
  ['no link', (request) => request.earlyHints({ 'X-A': 'b' }), /without "link"/],
  ['a length', (request) => request.earlyHints({ link: LINKS, 'Content-Length': 3 }), /no content-length/],
])('%s is an error, and nothing of it is sent', async (_what, hint, message) => {
  let error: unknown;
  const port = await serve([
    get('/', (request) => {
      try {
        hint(request);
      } catch (thrown) {
        error = thrown;
      }
      return 'page';
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(client.statuses).toEqual([200]);
  expect(error).toMatchObject({ code: 'PATRON_HTTP_ANSWER_INVALID', message: expect.stringMatching(message) });
});

test('once the answer has begun it is too late', async () => {
  const seen = later<unknown>();
  const port = await serve([
    get('/', async function* (request) {
      yield 'begun';
      try {
        request.earlyHints({ link: LINKS });
      } catch (error) {
        seen.resolve(error);
      }
    }),
  ]);
  const client = await RawClient.to(port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.closed;
  expect(await seen.promise).toMatchObject({ message: 'early hints have to be sent before the answer begins' });
});
