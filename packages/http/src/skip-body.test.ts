import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { later } from '../test/later.ts';
import { RawClient } from '../test/raw-client.ts';
import { ask, open } from '../test/server.ts';
import { runService } from '../test/service.ts';
import { get, post, routes } from './index.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

test.each([
  ['at once', () => 'answer'],
  ['later', () => turn('answer')],
])('a request without a body that is answered %s counts as read, without a turn of the loop spent on it', async (_when, answer) => {
  const states: unknown[] = [];
  const handler = ({ raw }: { raw: IncomingMessage }): unknown => {
    const { _httpMessage: response } = raw.socket as unknown as { _httpMessage: ServerResponse };
    response.prependOnceListener('finish', () => states.push([raw.readableEnded, raw.destroyed, raw.listenerCount('end')]));
    return answer();
  };
  const port = await runService(routes([get('/', handler)]));
  await ask(port, '/');
  expect(states).toEqual([[true, true, 0]]);
});

test('requests behind it on its connection are served, sent one by one or at once', async () => {
  let count = 0;
  const port = await runService(routes([get('/', () => `answer ${++count}`)]));
  const client = await RawClient.to(port);
  await client.send(GET);
  await client.until(/answer 1/);
  await client.send(GET + GET + LAST);
  await client.closed;
  expect(client.received.match(/answer \d/g)).toEqual(['answer 1', 'answer 2', 'answer 3', 'answer 4']);
});

test.each(['end', 'close'] as const)('a handler that listens for the %s of its request hears it', async (event) => {
  const heard = later();
  const port = await runService(
    routes([
      get('/', ({ raw }) => {
        raw.resume();
        raw.once(event, () => heard.resolve());
        return 'answer';
      }),
    ]),
  );
  expect((await ask(port, '/')).text).toBe('answer');
  await heard.promise;
});

test('a handler that listens, and leaves the reading to Node, hears the end too', async () => {
  const heard = later();
  const port = await runService(routes([get('/', ({ raw }) => (raw.once('end', () => heard.resolve()), 'answer'))]));
  await ask(port, '/');
  await heard.promise;
});

test.each(['GET', 'POST'])('a handler that reads a %s to its end finds nothing there, and its end', async (method) => {
  const handler = async ({ raw }: { raw: IncomingMessage }): Promise<string> => {
    const pieces: unknown[] = [];
    for await (const piece of raw) pieces.push(piece);
    return `${pieces.length} pieces`;
  };
  const port = await runService(routes([get('/', handler), post('/', handler)]));
  expect((await ask(port, '/', { method })).text).toBe('0 pieces');
});

test('who reads the request only after the answer finds its end as well', async () => {
  const read = later<number>();
  const port = await runService(
    routes([
      get('/', ({ raw }) => {
        setImmediate(() => {
          raw.toArray().then(
            (pieces) => read.resolve(pieces.length),
            () => read.resolve(0),
          );
        });
        return 'answer';
      }),
    ]),
  );
  expect((await ask(port, '/')).text).toBe('answer');
  expect(await read.promise).toBe(0);
});

test.each([
  ['a service', runService],
  ['a server of their own', async (listener: RequestListener) => (await open(listener)).port],
])('in %s, a listener around the routes hears the end of a request though it listens only after the answer', async (_where, run) => {
  const heard = later();
  const listener = routes([get('/', () => 'answer')]);
  const port = await run((request, response) => {
    listener(request, response);
    request.once('end', () => heard.resolve());
  });
  await ask(port, '/');
  await heard.promise;
});
