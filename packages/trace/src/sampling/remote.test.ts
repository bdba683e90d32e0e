import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setup as setupLog } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { RemoteSampler } from './remote.ts';

const memory = memoryLog();
setupLog(memory);

const share = (samplingRate: number): string => JSON.stringify({ strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate } });

let server: Server;
let answer: { status: number; body: string };
let asked: string[];
let sampler: RemoteSampler;

beforeEach(async () => {
  memory.clear();
  asked = [];
  answer = { status: 200, body: share(1) };
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(answer.status).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  sampler = new RemoteSampler({ endpoint: `http://127.0.0.1:${port}/sampling`, service: 'my shop', initial: 0, pollMs: 60_000 });
});
afterEach(async () => {
  sampler.close();
  server.close();
  server.closeAllConnections();
});

const samples = (): boolean => sampler.sample('f'.repeat(32), 'x');

test('does as it was told in the beginning until the endpoint has answered, and then what that says', async () => {
  expect(samples()).toBe(false);
  await sampler.refresh();
  expect(samples()).toBe(true);
  expect(sampler.description).toContain('now probabilistic 1');
  expect(asked[0]).toBe('/sampling?service=my+shop');
  answer.body = share(0);
  await sampler.refresh();
  expect(samples()).toBe(false);
});

test.each([
  ['answers with an error', () => (answer = { status: 500, body: '' })],
  ['answers with nonsense', () => (answer = { status: 200, body: '<html>' })],
  ['answers with a share above 1', () => (answer = { status: 200, body: share(3) })],
  ['answers with more than anybody needs', () => (answer = { status: 200, body: ' '.repeat(2 * 1024 * 1024) })],
  ['is gone', () => (server.close(), server.closeAllConnections())],
])('keeps to the last good answer while the endpoint %s, and says so once', async (_, spoil) => {
  await sampler.refresh();
  spoil();
  await sampler.refresh();
  await sampler.refresh();
  expect(samples()).toBe(true);
  expect(memory.lines.filter(({ message }) => message === 'the sampling endpoint gives no strategy')).toHaveLength(1);
});

test('an answer that has not changed does not begin a new second’s worth of traces', async () => {
  answer.body = JSON.stringify({ strategyType: 'RATE_LIMITING', rateLimitingSampling: { maxTracesPerSecond: 1 } });
  await sampler.refresh();
  expect(samples()).toBe(true);
  await sampler.refresh();
  expect(samples()).toBe(false);
});

test('asks again and again', async () => {
  const { port } = server.address() as AddressInfo;
  const often = new RemoteSampler({ endpoint: `http://127.0.0.1:${port}/often`, service: 's', initial: 0, pollMs: 5 });
  while (asked.filter((url) => url.startsWith('/often')).length < 3) await once(server, 'request');
  often.close();
});
