import { afterEach, expect, test } from '@jest/globals';
import { Service } from '@patron/core';
import { memoryLog } from '@patron/log/testing';
import { ask } from '../../test/server.ts';
import { accessLog, conflict, get, routes } from '../index.ts';

const NAME = 'PATRON_HTTP_STATUS_ERROR_LOGGING';
afterEach(() => {
  delete process.env[NAME];
});

test('the log of a service knows its errors by PATRON_HTTP_STATUS_ERROR_LOGGING, and clients behind its trusted proxies', async () => {
  process.env[NAME] = '409;[500,503)';
  const memory = memoryLog();
  const abort = new AbortController();
  const listener = routes(
    [
      get('/conflict', () => {
        throw conflict();
      }),
      get('/fine', () => 'x'),
    ],
    { middlewares: [accessLog()] },
  );
  const done = new Service({
    name: 'test',
    http: { handler: listener, port: 0, host: '127.0.0.1', trustedProxies: 'loopback' },
    logger: memory,
  }).run(abort.signal);
  let address: string | undefined;
  while (address === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    address = memory.find({ message: 'http listening' })?.fields['address'] as string | undefined;
  }
  const port = Number(new URL(address).port);
  for (const path of ['/conflict', '/none', '/fine']) await ask(port, path, { headers: { 'X-Forwarded-For': '203.0.113.9' } });
  abort.abort();
  await done;
  expect(memory.find({ message: 'request' })?.fields).toMatchObject({ peer: '127.0.0.1', client: '203.0.113.9' });
  expect(memory.findAll({ message: 'request' }).map(({ level, fields }) => `${level} ${String(fields['status'])}`)).toEqual([
    'error 409',
    'info 404',
    'info 200',
  ]);
});

test('a value that nobody understands stops the start, with the others', () => {
  process.env[NAME] = '4xx';
  expect(() => new Service({ name: 'test' })).toThrow(`${NAME} is "4xx": it takes statuses from 100 to 599 and intervals of them`);
});
