import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import { log } from '@patron/log';
import { correlationId, metrics } from '@patron/trace';
import { type RunningService, startService } from '../../test/running-service.ts';
import { cert, key } from '../../test/support/certificate.ts';
import { Wire } from '../../test/support/wire.ts';
import type { UpgradeListener } from './listener-options.ts';
import type { ListenerTlsOptions } from './tls/options.ts';

const ASK = ['Connection: Upgrade', 'Upgrade: echo'];
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

let running: RunningService | undefined;
const wires: Wire[] = [];

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.socket.destroy();
  await running?.stop();
  running = undefined;
});

async function start(onUpgrade?: UpgradeListener, timeoutMs = 5000, tls?: ListenerTlsOptions): Promise<RunningService> {
  running = await startService({
    shutdown: { timeoutMs },
    http: {
      handler: (request, response) => {
        if (request.url === '/slow') setTimeout(() => response.end('slow'), 200);
        else response.end('ordinary');
      },
      ...(onUpgrade !== undefined && { onUpgrade }),
      ...(tls !== undefined && { tls }),
    },
  });
  return running;
}

async function open(port: number, tls = false): Promise<Wire> {
  const wire = await Wire.open(port, { tls });
  wires.push(wire);
  return wire;
}

const echo: UpgradeListener = (_request, socket, head) => {
  socket.write(SWITCHED);
  if (head.length > 0) socket.write(head);
  socket.pipe(socket);
};

async function gauge(): Promise<string | undefined> {
  return /http_server_upgraded_connections\{component="http"\} (\d+)/.exec(await metrics.scrape())?.[1];
}

describe('a request for an upgrade', () => {
  test('is an ordinary one where nobody takes upgrades', async () => {
    const { port } = await start();
    const wire = await open(port);
    await wire.request('/', 'Connection: Upgrade, keep-alive', 'Upgrade: h2c').answers(1);
    await wire.request('/').answers(2);
    expect(wire.statuses()).toEqual([200, 200]);
  });

  test('hands its connection over, with what has come behind it, and is counted while it is open', async () => {
    const { port } = await start(echo);
    const wire = await open(port);
    wire.send(`GET /chat HTTP/1.1\r\nHost: a\r\n${ASK.join('\r\n')}\r\n\r\nfirst `);
    await wire.until(({ received }) => received.endsWith('first '));
    await wire.send('second').until(({ received }) => received.endsWith('second'));
    expect(wire.statuses()).toEqual([101]);
    expect(await gauge()).toBe('1');
    wire.socket.end();
    await wire.closed();
    while ((await gauge()) !== '0') await new Promise((resolve) => setImmediate(resolve));
  });

  test('hands over what TLS has decrypted', async () => {
    const { port } = await start(echo, 5000, { key, cert });
    const wire = await open(port, true);
    await wire.request('/', ...ASK).answers(1);
    await wire.send('secret').until(({ received }) => received.endsWith('secret'));
    expect(wire.statuses()).toEqual([101]);
  });

  test('has the correlation id of its request, and log lines carry it', async () => {
    const { port, line } = await start((_request, socket) => {
      log.info('upgraded');
      socket.end(`${SWITCHED}${correlationId()}`);
    });
    const wire = await (await open(port)).request('/', ...ASK, 'X-Correlation-Id: chat-7').closed();
    expect(wire.received).toContain('chat-7');
    await line({ message: 'upgraded', fields: { correlationID: 'chat-7' } });
  });

  test('that breaks HTTP is refused, and the listener hears nothing of it', async () => {
    let asked = 0;
    const { port } = await start(() => void asked++);
    const wire = await (await open(port)).send(`GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n${ASK.join('\r\n')}\r\n\r\n`).closed();
    expect(wire.statuses()).toEqual([400]);
    expect(asked).toBe(0);
  });

  test('behind a request that is not answered yet takes nothing over: that answer comes whole', async () => {
    let asked = 0;
    const { port } = await start(() => void asked++);
    const wire = await (await open(port))
      .request('/slow')
      .request('/', ...ASK)
      .closed();
    expect(wire.received).toContain('slow');
    expect(wire.statuses()).toEqual([200]);
    expect(asked).toBe(0);
  });

  test.each<[string, UpgradeListener]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', (() => Promise.reject(new Error('no'))) as UpgradeListener],
  ])('whose listener %s is answered 500, and logged', async (_, listener) => {
    const { port, line } = await start(listener);
    const wire = await (await open(port)).request('/', ...ASK).closed();
    expect(wire.statuses()).toEqual([500]);
    await line({ level: 'error', message: 'upgrade failed' });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });

  test('whose client cuts the connection ends nothing else', async () => {
    const { port } = await start(echo);
    const wire = await open(port);
    await wire.request('/', ...ASK).answers(1);
    wire.socket.resetAndDestroy();
    while ((await gauge()) !== '0') await new Promise((resolve) => setImmediate(resolve));
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });
});

describe('a stop', () => {
  test('tells the listener, waits for connections that were handed over, and takes no more', async () => {
    let taken: Duplex | undefined;
    let stopping = false;
    const { port, stop, line } = await start((_request: IncomingMessage, socket, _head, signal) => {
      taken = socket;
      socket.write(SWITCHED);
      signal.addEventListener('abort', () => (stopping = true));
    });
    const wire = await open(port);
    await wire.request('/', ...ASK).answers(1);
    const late = await open(port);
    await late.request('/').answers(1);
    let stopped = false;
    const done = stop().then(() => (stopped = true));
    await line({ message: 'stopping' });
    while (!stopping) await new Promise((resolve) => setImmediate(resolve));
    await late.request('/', ...ASK).closed();
    expect(late.statuses()).toEqual([200, 503]);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // longer than idle connections are given
    expect([stopped, wire.socket.closed]).toEqual([false, false]);
    taken?.end('bye');
    await wire.until(({ received }) => received.endsWith('bye'));
    wire.socket.end();
    await done;
    running = undefined;
  });

  test('closes them at its deadline, and says how many; that is no failure', async () => {
    const { port, stop, line } = await start((_request, socket) => void socket.write(SWITCHED), 1200);
    const wire = await open(port);
    await wire.request('/', ...ASK).answers(1);
    await stop();
    running = undefined;
    await wire.closed();
    expect((await line({ message: 'stop: upgraded connections were closed' })).fields).toMatchObject({ component: 'http', connections: 1 });
  });
});
