import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../../../tools/services/ports.mjs';
import { startProgram } from '../src/demo/program.ts';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

type Shop = Awaited<ReturnType<typeof startProgram>>;
const running: Shop[] = [];

async function start(env: Record<string, string>): Promise<Shop> {
  const shop = await startProgram(program, env);
  running.push(shop);
  return shop;
}

afterEach(async () => {
  for (const shop of running.splice(0)) {
    shop.stop();
    await shop.exited;
  }
});

/** What the example says and its exit code where it does not start. */
async function fail(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  const [output, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: code as number | null, output };
}

/** Resolves when somebody listens: without info lines the example does not say so. */
async function accepts(port: number): Promise<void> {
  for (const patience = AbortSignal.timeout(10_000); ; patience.throwIfAborted()) {
    const socket = connect(port, '127.0.0.1');
    const connected = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function dial(shop: Shop): Promise<Socket> {
  const socket = connect(Number(new URL(shop.address).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

describe('the example honours', () => {
  test('PATRON_HTTP_DEFAULT_PORT', async () => {
    const port = await freePort();
    const shop = await start({ PATRON_HTTP_DEFAULT_PORT: String(port) });
    expect(shop.address).toBe(`http://localhost:${port}`);
    expect((await fetch(`http://localhost:${port}/alive`)).status).toBe(200);
  });

  test('PATRON_HTTP_READ_TIMEOUT: a request that does not end is answered with 408', async () => {
    const shop = await start({ PATRON_HTTP_READ_TIMEOUT: '300ms' });
    const socket = await dial(shop);
    socket.write('GET /stock/tea HTTP/1.1\r\nHost: shop\r\n');
    const startedAt = performance.now();
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  test('PATRON_HTTP_WRITE_TIMEOUT: a connection that stands still while an answer is due is cut', async () => {
    const shop = await start({ PATRON_HTTP_WRITE_TIMEOUT: '300ms' });
    const socket = await dial(shop);
    const body = JSON.stringify({ item: 'tea', takesMs: 3000 });
    const startedAt = performance.now();
    socket.write(`POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(await text(socket).catch((error: NodeJS.ErrnoException) => error.code)).toMatch(/^$|ECONNRESET/);
    expect(performance.now() - startedAt).toBeLessThan(2500);
  });

  test.each([
    ['debug', true],
    ['INFO', true],
    ['Warn', false],
    ['error', false],
  ])('PATRON_LOG_LEVEL=%s', async (level, writes) => {
    const port = await freePort();
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, PATRON_HTTP_DEFAULT_PORT: String(port), PATRON_LOG_LEVEL: level },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output = text(child.stderr);
    await accepts(port);
    child.kill('SIGINT');
    await once(child, 'exit');
    expect((await output).includes('"lvl":"info"')).toBe(writes);
  });

  test('PATRON_SHUTDOWN_DELAY: not ready, and served, for that long', async () => {
    const shop = await start({ PATRON_SHUTDOWN_DELAY: '700ms' });
    shop.stop();
    await shop.line('stopping');
    const startedAt = performance.now();
    expect((await shop.get('/ready', {})).status).toBe(503);
    expect((await shop.get('/stock/tea', {})).status).toBe(200);
    const { code, lines } = await shop.exited;
    expect(code).toBe(0);
    expect(performance.now() - startedAt).toBeGreaterThan(500);
    expect(lines.find(({ msg }) => msg.startsWith('stop: not ready'))?.durationMs).toBeGreaterThanOrEqual(690);
  });

  test('PATRON_SHUTDOWN_TIMEOUT: what is not done by then is cut, and the exit code tells', async () => {
    const shop = await start({ PATRON_SHUTDOWN_TIMEOUT: '400ms' });
    const slow = shop.post('/orders', { item: 'tea', takesMs: 20_000 }, {}).then(
      () => 'answered',
      () => 'cut',
    );
    await shop.line('ordering');
    const startedAt = performance.now();
    shop.stop();
    const { code } = await shop.exited;
    expect(await slow).toBe('cut');
    expect(code).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  test('KUBERNETES_SERVICE_HOST: in a pod the delay is 5 s unless the environment says otherwise', async () => {
    const shop = await start({ KUBERNETES_SERVICE_HOST: '10.0.0.1', PATRON_SHUTDOWN_TIMEOUT: '300ms' });
    shop.stop();
    const { lines } = await shop.exited;
    // The deadline comes first: the delay was going on when it did.
    expect(lines.some(({ msg }) => msg.startsWith('stop: not ready'))).toBe(true);
    const other = await start({ KUBERNETES_SERVICE_HOST: '10.0.0.1', PATRON_SHUTDOWN_DELAY: '0s' });
    other.stop();
    expect((await other.exited).lines.some(({ msg }) => msg.startsWith('stop: not ready'))).toBe(false);
  });
});

describe('the example refuses', () => {
  test.each([
    ['PATRON_HTTP_DEFAULT_PORT', '70000', 'a port, 0 to 65535'],
    ['PATRON_HTTP_DEFAULT_PORT', '-1', 'a port, 0 to 65535'],
    ['PATRON_HTTP_DEFAULT_PORT', '8080/tcp', 'a port, 0 to 65535'],
    ['PATRON_HTTP_READ_TIMEOUT', '30', 'a duration above 0'],
    ['PATRON_HTTP_READ_TIMEOUT', '0s', 'a duration above 0'],
    ['PATRON_HTTP_WRITE_TIMEOUT', '-1s', 'a duration above 0'],
    ['PATRON_LOG_LEVEL', 'verbose', 'one of debug, info, warn, error, fatal, panic'],
    ['PATRON_SHUTDOWN_DELAY', 'soon', 'a duration from 0s'],
    ['PATRON_SHUTDOWN_TIMEOUT', '0', 'a duration above 0'],
  ])('%s=%s with a sentence that says what it takes', async (name, value, accepts) => {
    const { code, output } = await fail({ [name]: value });
    expect(code).toBe(1);
    expect(output).toContain(`${name} is "${value}": it takes ${accepts}`);
    expect(output).toContain('service "shop" can\'t start: 1 problem\n');
  });

  test('several bad variables in one error', async () => {
    const { code, output } = await fail({ PATRON_HTTP_DEFAULT_PORT: 'http', PATRON_LOG_LEVEL: 'loud', PATRON_SHUTDOWN_DELAY: '5' });
    expect(code).toBe(1);
    expect(output).toContain('3 problems');
    for (const name of ['PATRON_HTTP_DEFAULT_PORT', 'PATRON_LOG_LEVEL', 'PATRON_SHUTDOWN_DELAY'])
      expect(output).toContain(`  - ${name} is `);
    expect(output.match(/can't start/g)).toHaveLength(1);
  });
});

test('the example serves the management endpoints beside its own', async () => {
  const shop = await start({});
  const status = async (path: string): Promise<number> => (await shop.get(path, {})).status;
  for (const path of ['/alive', '/ready', '/metrics', '/info', '/log/level', '/stock/tea'])
    expect([path, await status(path)]).toEqual([path, 200]);
  expect(await status('/stock/coffee')).toBe(404);
  expect(await (await shop.get('/info', {})).json()).toMatchObject({ name: 'shop', version: '1.0.0', phase: 'running' });
});
