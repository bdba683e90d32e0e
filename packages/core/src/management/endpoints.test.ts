import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { getLevel, setLevel } from '@patron/log';
import { type RunningService, startService } from '../../test/running-service.ts';
import { Service } from '../service.ts';

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

let service: RunningService;

beforeAll(async () => {
  service = await startService({
    version: '1.2.3',
    http: { host: '0.0.0.0', handler: (request, response) => response.end(`application ${request.url}`) },
    components: [
      {
        name: 'orders',
        run: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
        info: () => ({ topic: 'orders' }),
      },
    ],
  });
  await service.line({ message: 'service ready' });
});
afterAll(() => service.stop());
afterEach(() => setLevel('info'));

function send(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string; address?: string; port?: number } = {},
): Promise<Answer> {
  const { headers = {}, body, address = '127.0.0.1', port = service.port } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ method, path, headers, host: address, port, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.once('error', reject);
    request.end(body);
  });
}

const put = (body: string, options: { headers?: Record<string, string>; address?: string } = {}): Promise<Answer> =>
  send('PUT', '/log/level', { ...options, body });
const errorOf = ({ text }: Answer): unknown => (JSON.parse(text) as { error: unknown }).error;

describe('the management endpoints', () => {
  test('tell whether the service lives and is ready, and never from a cache', async () => {
    expect(await send('GET', '/alive')).toMatchObject({
      status: 200,
      text: '{\n  "alive": true\n}\n',
      headers: { 'cache-control': 'no-store' },
    });
    expect(await send('GET', '/ready')).toMatchObject({ status: 200, text: '{\n  "ready": true\n}\n' });
  });

  test('tell what the service is made of', async () => {
    expect(JSON.parse((await send('GET', '/info')).text)).toMatchObject({
      name: 'test',
      version: '1.2.3',
      phase: 'running',
      components: [{ name: 'orders', state: 'running', topic: 'orders' }],
    });
  });

  test('answer GET with a query, and HEAD without a body', async () => {
    expect((await send('GET', '/alive?probe=1')).status).toBe(200);
    const head = await send('HEAD', '/alive');
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe('20');
  });

  test.each([
    ['POST', '/alive', 'GET, HEAD'],
    ['DELETE', '/metrics', 'GET, HEAD'],
    ['OPTIONS', '/info', 'GET, HEAD'],
    ['POST', '/log/level', 'GET, HEAD, PUT'],
    ['PUT', '/ready', 'GET, HEAD'],
  ])('answer %s %s with 405 and what is allowed', async (method, path, allow) => {
    expect(await send(method, path)).toMatchObject({ status: 405, headers: { allow } });
  });

  test.each([
    '/metrics/',
    '//metrics',
    '/%6detrics',
    '/METRICS',
    '/metrics;x',
    '/./metrics',
    '/alive/../metrics',
    '/metrics%3Fx',
    '/log%2Flevel',
  ])('leave %s to the application: no variant of a path is theirs', async (path) => {
    expect((await send('GET', path)).text).toBe(`application ${path}`);
  });

  test('are found in the absolute form too', async () => {
    expect((await send('GET', `http://127.0.0.1:${service.port}/alive`)).text).toContain('"alive": true');
  });
});

describe('/metrics', () => {
  test('is the Prometheus text format, and OpenMetrics for who prefers it', async () => {
    await send('GET', '/');
    const text = await send('GET', '/metrics');
    expect(text.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text.text).toMatch(
      /^http_server_request_duration_seconds_count\{http_request_method="GET",url_scheme="http",http_response_status_code="200"\} \d+$/m,
    );
    const open = await send('GET', '/metrics', { headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' } });
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.headers.vary).toBe('Accept');
    expect(open.text.endsWith('# EOF\n')).toBe(true);
  });

  test('counts no probe and no scrape among the requests of the application', async () => {
    const count = async (): Promise<number> =>
      [...(await send('GET', '/metrics')).text.matchAll(/^http_server_request_duration_seconds_count\{.*\} (\d+)$/gm)].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      );
    const before = await count();
    for (const path of ['/alive', '/ready', '/info', '/metrics', '/log/level']) await send('GET', path);
    expect(await count()).toBe(before);
  });
});

describe('/log/level', () => {
  test('shows the level and changes it', async () => {
    expect(JSON.parse((await send('GET', '/log/level')).text)).toEqual({ level: 'info' });
    expect(JSON.parse((await put('{"level":"DEBUG"}')).text)).toEqual({ level: 'debug' });
    expect(getLevel()).toBe('debug');
    expect(service.log.find({ message: 'log level changed', fields: { from: 'info', to: 'debug' } })).toBeDefined();
  });

  test('changes it for a time, says until when, and goes back by itself', async () => {
    const before = Date.now();
    const { level, until } = JSON.parse((await put('{"level":"debug","for":"100ms"}')).text) as { level: string; until: string };
    expect(level).toBe('debug');
    expect(Math.abs(Date.parse(until) - before)).toBeLessThan(5000);
    while (getLevel() === 'debug') await new Promise((resolve) => setTimeout(resolve, 20));
    expect(getLevel()).toBe('info');
  });

  test.each([
    ['', 'the body is no JSON: send {"level":"debug","for":"10m"}'],
    ['debug', 'the body is no JSON: send {"level":"debug","for":"10m"}'],
    ['null', 'send {"level":"debug","for":"10m"}'],
    ['["debug"]', 'send {"level":"debug","for":"10m"}'],
    ['{}', 'level is missing: it takes one of debug, info, warn, error, fatal, panic'],
    ['{"level":"loud"}', 'level is "loud": it takes one of debug, info, warn, error, fatal, panic'],
    ['{"level":5}', 'level is 5: it takes one of debug, info, warn, error, fatal, panic'],
    ['{"level":"debug","for":10}', 'for is 10: it takes a duration of 1ms to 596h, such as 90s or 10m'],
    ['{"level":"debug","for":"soon"}', 'for is "soon": it takes a duration of 1ms to 596h, such as 90s or 10m'],
    ['{"level":"debug","for":"0s"}', 'for is "0s": it takes a duration of 1ms to 596h, such as 90s or 10m'],
    ['{"level":"debug","for":"-1s"}', 'for is "-1s": it takes a duration of 1ms to 596h, such as 90s or 10m'],
    ['{"level":"debug","for":"1000h"}', 'for is "1000h": it takes a duration of 1ms to 596h, such as 90s or 10m'],
    ['{"level":"debug","for":"1ns"}', 'for is "1ns": it takes a duration of 1ms to 596h, such as 90s or 10m'],
    ['{"__proto__":{"level":"debug"}}', 'level is missing: it takes one of debug, info, warn, error, fatal, panic'],
  ])('refuses %j and says why, and changes nothing', async (body, error) => {
    const answer = await put(body);
    expect([answer.status, errorOf(answer)]).toEqual([400, error]);
    expect(getLevel()).toBe('info');
  });

  test('refuses a body of more than 1,024 bytes with 413, and does not wait for the rest', async () => {
    const client = connect({ port: service.port, host: '127.0.0.1' });
    client.write(`PUT /log/level HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n${' '.repeat(1025)}`);
    let text = '';
    client.setEncoding('latin1').on('data', (data) => (text += String(data)));
    await new Promise((resolve) => client.once('close', resolve));
    expect(text).toMatch(/^HTTP\/1\.1 413 [\s\S]*the body is longer than 1024 bytes/);
  });

  test('a client that goes in the middle of its body leaves no error in the log', async () => {
    const client = connect({ port: service.port, host: '127.0.0.1' });
    client.write('PUT /log/level HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{');
    await new Promise((resolve) => client.once('connect', resolve));
    client.destroy();
    await send('GET', '/alive');
    await send('GET', '/alive');
    expect(service.log.find({ message: 'management endpoint failed' })).toBeUndefined();
  });
});

describe('what changes something', () => {
  const DEBUG = '{"level":"debug"}';

  test.each(['127.0.0.1', '127.0.0.2'])('is allowed from this machine (%s)', async (address) => {
    expect((await put(DEBUG, { address })).status).toBe(200);
  });

  const own = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  (own === undefined ? test.skip : test)('is forbidden from any other address', async () => {
    const answer = await put(DEBUG, { address: own as string, headers: { host: 'localhost' } });
    expect([answer.status, errorOf(answer)]).toEqual([
      403,
      'only for requests from this machine that came through no proxy; option management.debug',
    ]);
    expect(getLevel()).toBe('info');
    expect((await send('GET', '/log/level', { address: own as string })).status).toBe(200);
  });

  test.each(['Forwarded', 'X-Forwarded-For', 'x-forwarded-for', 'Via', 'X-Forwarded-Proto', 'X-Real-IP'])(
    'is forbidden with the header %s: that came through a proxy',
    async (name) => {
      expect((await put(DEBUG, { headers: { [name]: '' } })).status).toBe(403);
      expect(getLevel()).toBe('info');
    },
  );

  test.each(['attacker.example', 'localhost.attacker.example', '127.0.0.1.attacker.example', '10.0.0.1', 'orders'])(
    'is forbidden under the name %s: a page can have its name point here',
    async (host) => {
      expect((await put(DEBUG, { headers: { host } })).status).toBe(403);
      expect(getLevel()).toBe('info');
    },
  );

  test.each(['localhost', 'LOCALHOST:50000', '127.0.0.1:1', '[::1]:50000', 'orders.localhost'])(
    'is allowed under the name %s',
    async (host) => {
      expect((await put(DEBUG, { headers: { host } })).status).toBe(200);
    },
  );
});

test.each(['/alive', '/ready', '/metrics', '/info', '/log/level'])(
  'a route of the application on %s is refused at construction',
  (path) => {
    const handler = Object.assign(() => undefined, { list: [{ method: 'GET', path }] });
    expect(() => new Service({ name: 'x', http: handler })).toThrow(`route GET ${path} stands on a management path`);
  },
);
