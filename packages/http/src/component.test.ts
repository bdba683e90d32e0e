import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Service, type ServiceOptions } from '@patron/core';
import { type MemoryLog, memoryLog } from '@patron/log/testing';
import { metrics } from '@patron/trace';
import { certificate } from '../../core/test/support/openssl.ts';
import { Wire } from '../../core/test/support/wire.ts';
import { get, HttpComponent, type HttpComponentOptions, routes } from './index.ts';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop().catch(() => undefined);
});

interface Running {
  component: HttpComponent;
  port: number;
  /** Of the service's own listener. */
  main: number;
  memory: MemoryLog;
  stop(): Promise<void>;
}

async function start(options: Partial<HttpComponentOptions>, service: Partial<ServiceOptions> = {}): Promise<Running> {
  const where = options.socketPath === undefined ? { port: 0, host: '127.0.0.1' } : {};
  const handler = routes([get('/jobs/:id', ({ params }) => ({ id: params.id }))]);
  const component = new HttpComponent({ name: 'admin', handler, ...where, ...options });
  const memory = memoryLog();
  const abort = new AbortController();
  const done = new Service({ name: 'shop', http: { port: 0, host: '127.0.0.1' }, components: [component], logger: memory, ...service }).run(
    abort.signal,
  );
  const stop = (): Promise<void> => {
    abort.abort();
    return done;
  };
  stops.push(stop);
  done.catch(() => undefined);
  const failed = done.then(() => 'ended');
  while (component.address === undefined) {
    const turn = sleep(5);
    if ((await Promise.race([failed, turn])) === 'ended') throw new Error('the service ended');
  }
  const portOf = (address: unknown): number => Number(new URL(String(address)).port);
  return {
    component,
    port: portOf(component.address),
    main: portOf(memory.find({ message: 'http listening' })?.fields['address']),
    memory,
    stop,
  };
}

describe('an HttpComponent', () => {
  test('serves routes on a port of its own, counted by route, with a correlation id, and without management', async () => {
    const { port, main } = await start({});
    const answer = await fetch(`http://127.0.0.1:${port}/jobs/7`, { headers: { 'x-correlation-id': 'job-7' } });
    expect([answer.status, await answer.json(), answer.headers.get('x-correlation-id')]).toEqual([200, { id: '7' }, 'job-7']);
    expect((await fetch(`http://127.0.0.1:${port}/alive`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${main}/jobs/7`)).status).toBe(404);
    expect(await metrics.scrape()).toMatch(/http_server_request_duration_seconds_count\{.*http_route="\/jobs\/:id".*\} 1/);
  });

  test('gives a listener of one’s own the same: a correlation id, and a logged 500 for what it throws', async () => {
    const { port, memory } = await start({
      handler: () => {
        throw new Error('broken');
      },
    });
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect([answer.status, answer.headers.get('x-correlation-id')]).toEqual([500, expect.any(String)]);
    expect(memory.find({ level: 'error', message: 'request failed' })).toBeDefined();
  });

  test('is part of /ready and of /info, with its address', async () => {
    const { main, component, memory } = await start({});
    while (memory.find({ message: 'service ready' }) === undefined) await sleep(5);
    expect((await fetch(`http://127.0.0.1:${main}/ready`)).status).toBe(200);
    const { components } = (await (await fetch(`http://127.0.0.1:${main}/info`)).json()) as { components: unknown[] };
    expect(components).toEqual([{ name: 'admin', state: 'running', address: component.address, connections: 0 }]);
    expect(memory.find({ message: 'component started' })?.fields).toMatchObject({ component: 'admin', address: component.address });
  });

  test('refuses at construction what it can’t be made of, all of it in one error', () => {
    const options = { name: '', handler: 'x', readTimeoutMs: -1, keepAliveTimeoutMs: 0.5 } as unknown as HttpComponentOptions;
    let thrown: unknown;
    try {
      new HttpComponent(options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'PATRON_CONFIGURATION_INVALID',
      problems: [
        'name is "": a component needs a name',
        'handler is "x": it takes a request listener',
        'port is missing: it takes a port, 0 to 65535, or socketPath a path',
        'readTimeoutMs is -1: it takes whole milliseconds, 1 to 2147483647',
        'keepAliveTimeoutMs is 0.5: it takes whole milliseconds, 1 to 2147483647',
      ],
    });
  });

  test('whose port is in use stops the service with an error that names it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(
      `component "admin" can't listen: port ${port} of 127.0.0.1 is in use by another process: stop that one, or choose another port with the option admin.port`,
    );
    other.close();
  });

  test('listens on a Unix socket, which is gone after the stop', async () => {
    const socketPath = join(mkdtempSync(join(tmpdir(), 'patron-admin-')), 'admin.sock');
    const { component, stop } = await start({ socketPath });
    expect(component.address).toBe(`unix:${socketPath}`);
    expect(existsSync(socketPath)).toBe(true);
    await stop();
    expect(existsSync(socketPath)).toBe(false);
  });

  test('knows its clients by certificate and by what trusted proxies say, for every handler', async () => {
    const own = mkdtempSync(join(tmpdir(), 'patron-mtls-'));
    const authority = await certificate(own, 'authority', { commonName: 'authority' });
    const server = await certificate(own, 'server', { by: authority });
    const client = await certificate(own, 'client', { commonName: 'billing', names: 'URI:spiffe://shop/billing', by: authority });
    const { port } = await start({
      tls: { certFile: server.cert, keyFile: server.key, caFile: authority.cert, clientCertificates: 'required' },
      trustedProxies: 'loopback',
      handler: routes([
        get('/me', ({ peer, clientAddress, remoteAddress }) => ({ peer: peer?.subjectAltNames, clientAddress, remoteAddress })),
      ]),
    });
    const asking = request({
      port,
      host: '127.0.0.1',
      path: '/me',
      headers: { 'X-Forwarded-For': '192.0.2.1' },
      agent: false,
      ca: readFileSync(authority.cert),
      cert: readFileSync(client.cert),
      key: readFileSync(client.key),
    });
    asking.end();
    const [response] = (await once(asking, 'response')) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    expect(JSON.parse(text)).toEqual({ peer: ['URI:spiffe://shop/billing'], clientAddress: '192.0.2.1', remoteAddress: '127.0.0.1' });
    rmSync(own, { recursive: true });
  });
});

describe('its stop', () => {
  test('answers what arrives on open connections, says that it is the last, and closes idle ones in order', async () => {
    let finish: (() => void) | undefined;
    const { port, stop, memory } = await start({
      handler: (asked, response) => {
        if (asked.url === '/slow') finish = () => response.end('slow');
        else response.end('quick');
      },
    });
    const [slow, idle, busy] = await Promise.all([Wire.open(port), Wire.open(port), Wire.open(port)]);
    slow.request('/slow');
    await idle.request('/').answers(1);
    await busy.request('/').answers(1);
    while (finish === undefined) await new Promise((resolve) => setImmediate(resolve));
    const stopped = stop();
    while (memory.find({ message: 'stopping' }) === undefined) await new Promise((resolve) => setImmediate(resolve));
    await busy.request('/').closed();
    expect(busy.connection()).toEqual(['keep-alive', 'close']);
    await idle.closed();
    finish();
    await slow.closed();
    await stopped;
    expect([slow, idle, busy].map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(slow.received).toContain('slow');
    expect(slow.connection()).toEqual(['close']);
  });

  test('that its deadline ends is a failure, and the requests that were cut are named', async () => {
    const { port, stop, memory } = await start({ handler: () => undefined }, { shutdown: { timeoutMs: 300 } });
    const wire = await Wire.open(port);
    wire.request('/never?secret=1');
    while ((await metrics.scrape()).match(/http_server_active_requests\{[^}]*\} 1/) === null) await sleep(5);
    await expect(stop()).rejects.toMatchObject({ errors: [{ code: 'PATRON_COMPONENT_LATE', component: 'admin' }] });
    await wire.closed();
    const line = memory.find({ message: 'stop: component gave up after the deadline' });
    expect((line?.fields['error'] as Error | undefined)?.message).toBe(
      'component "admin" had 1 answer left when the deadline passed, which were cut: GET /never',
    );
  });
});
