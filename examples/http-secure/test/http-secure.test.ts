import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Agent, FormData, request } from 'undici';
import { cert } from '../../../packages/core/test/support/certificate.ts';
import { curl as runCurl, testWithCurl } from '../../../packages/http/test/curl.ts';
import { API_KEY, NUMBERS, photo, secureService, sha256 } from './secure-service.ts';

const secure = secureService();
let agent: Agent;
beforeAll(() => void (agent = new Agent({ connect: { ca: cert } })));
afterAll(() => agent.close());

/** What curl says of a path. */
const curl = (path: string, ...options: string[]): Promise<string> =>
  runCurl('--cacert', join(secure.folder, 'tls.crt'), ...options, `${secure.base}${path}`);
const withKey = ['-H', `Authorization: Apikey ${API_KEY}`];

describe('curl', () => {
  testWithCurl('JSON: an order is stored for who has the key, and for nobody else', async () => {
    const order = ['-H', 'Content-Type: application/json', '-d', '{"item":"tea","amount":2}'];
    expect(JSON.parse(await curl('/api/orders', ...withKey, ...order))).toEqual({ id: '1', item: 'tea', amount: 2 });
    expect(await curl('/api/orders', ...order, '-o', '/dev/null', '-w', '%{http_code}')).toBe('401');
  });

  testWithCurl('upload', async () => {
    const taken = await curl('/api/photos', ...withKey, '-F', `photo=@${join(secure.folder, 'photo.jpg')}`);
    expect(JSON.parse(taken)).toEqual([{ name: 'photo.jpg', bytes: photo.length, sha256 }]);
  });

  testWithCurl('stream, as it is and compressed', async () => {
    const lines = await curl('/api/numbers?count=100000');
    expect([lines.length, lines.endsWith('\n100000\n')]).toEqual([NUMBERS.bytes, true]);
    expect(await curl('/api/numbers?count=100000', '--compressed')).toBe(lines);
  });

  testWithCurl('events, until it has had enough', async () => {
    const error = await curl('/api/clock', '-N', '--max-time', '1.5').catch((thrown: { stdout: string; code: number }) => thrown);
    expect(error).toMatchObject({ code: 28, stdout: expect.stringContaining('event: tick\nid: 1\ndata: {"tick":1}\n\n') });
  });

  testWithCurl('site: the page, its script, a navigation inside of it, and nothing besides', async () => {
    expect(await curl('/')).toContain('<h1>Shop</h1>');
    expect(await curl('/app.js', '-i')).toMatch(/content-type: application\/javascript/i);
    expect(await curl('/orders/7', '-H', 'Accept: text/html')).toContain('<h1>Shop</h1>');
    expect(await curl('/../package.json', '--path-as-is', '-o', '/dev/null', '-w', '%{http_code}')).toBe('404');
  });
});

describe('undici', () => {
  const ask = (path: string, options: object = {}) => request(`${secure.base}${path}`, { dispatcher: agent, ...options });
  const authorization = `Apikey ${API_KEY}`;

  test('JSON, and what is wrong with it', async () => {
    const headers = { authorization, 'content-type': 'application/json' };
    const { statusCode, body } = await ask('/api/orders', { method: 'POST', headers, body: '{"item":"","amount":0.5}' });
    const { problems } = (await body.json()) as { problems: { path: string }[] };
    expect([statusCode, problems.map(({ path }) => path)]).toEqual([400, ['item', 'amount']]);
    expect((await ask('/api/orders', { headers: { authorization } })).statusCode).toBe(200);
  });

  test('upload', async () => {
    const form = new FormData();
    form.append('photo', new File([photo], 'photo.jpg', { type: 'image/jpeg' }));
    const { body } = await ask('/api/photos', { method: 'POST', headers: { authorization }, body: form });
    expect(await body.json()).toEqual([{ name: 'photo.jpg', bytes: photo.length, sha256 }]);
  });

  test('stream, compressed piece by piece', async () => {
    const { headers, body } = await ask('/api/numbers?count=100000', { headers: { 'accept-encoding': 'gzip' } });
    expect(headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(Buffer.from(await body.arrayBuffer())).length).toBe(NUMBERS.bytes);
  });

  test('events: who comes again goes on where it was', async () => {
    const { body } = await ask('/api/clock', { headers: { 'last-event-id': '41' } });
    const [first] = (await body[Symbol.asyncIterator]().next()).value.toString().split('\n\n').slice(-2);
    expect(first).toContain('id: 42');
    body.destroy();
    expect((await ask('/api/clock', { headers: { 'last-event-id': 'x' } })).statusCode).toBe(400);
  });

  test('a page of a partner may ask with the key, that of a stranger may not', async () => {
    const preflight = async (origin: string): Promise<unknown> => {
      const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' };
      return (await ask('/api/orders', { method: 'OPTIONS', headers })).headers['access-control-allow-origin'];
    };
    expect([await preflight('https://partner.example'), await preflight('https://evil.example')]).toEqual([
      'https://partner.example',
      undefined,
    ]);
  });

  test('its document is one of OpenAPI 3.1, and a linter has nothing to say of it', async () => {
    const { body } = await ask('/api/openapi.json');
    const source = await body.text();
    expect(await new Validator().validate(JSON.parse(source) as Record<string, unknown>)).toMatchObject({ valid: true });
    const found = await lintFromString({ source, absoluteRef: 'openapi.json', config: await createConfig({ extends: ['recommended'] }) });
    expect(found.map(({ ruleId, severity, message }) => `${severity} ${ruleId}: ${message}`)).toEqual([]);
  });

  test('every answer has the headers that browsers keep to', async () => {
    for (const path of ['/', '/api/orders', '/none.js']) {
      const { headers } = await ask(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringMatching(/default-src 'self'/),
      });
    }
  });
});

test('a stop ends the events, and the process with 0', async () => {
  const { body } = await request(`${secure.base}/api/clock`, { dispatcher: agent });
  const ended = (async () => {
    for await (const _ of body);
  })();
  secure.process.kill('SIGTERM');
  await ended;
  expect(await secure.process.ended()).toMatchObject({ code: 0 });
  expect(secure.process.errors()).toEqual([]);
});
