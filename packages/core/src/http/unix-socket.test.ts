import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type RunningService, startService } from '../../test/running-service.ts';
import { clientAddressOf } from './forwarded/client-address.ts';
import { HttpListener } from './listener.ts';

let folder: string;
let path: string;
let running: RunningService | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patron-socket-'));
  path = join(folder, 'shop.sock');
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: { socketMode?: number; trustedProxies?: 'loopback' } = {}): Promise<RunningService> {
  running = await startService({
    http: { socketPath: path, handler: (asked, response) => response.end(`hello ${clientAddressOf(asked)}`), ...options },
  });
  return running;
}

function ask(target: string, method = 'GET', body = '', headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: path, path: target, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

/** Leaves a socket behind on which nobody listens, as a process does that is killed. */
async function leaveStale(): Promise<void> {
  const child = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
}

describe('a Unix socket', () => {
  test('is listened on, is told in the log, and is gone after the stop', async () => {
    const service = await start();
    expect((await service.line({ message: 'http listening' })).fields['address']).toBe(`unix:${path}`);
    expect(await ask('/')).toEqual({ status: 200, text: 'hello undefined' });
    expect((await ask('/alive')).status).toBe(200);
    await service.stop();
    running = undefined;
    expect(existsSync(path)).toBe(false);
  });

  test('that a killed process has left behind is replaced', async () => {
    await leaveStale();
    expect(existsSync(path)).toBe(true);
    await start();
    expect((await ask('/')).status).toBe(200);
  });

  test('that was left behind goes to one of two who want it at once', async () => {
    await leaveStale();
    const two = [1, 2].map(() => {
      const times = { readTimeoutMs: 5000, writeTimeoutMs: 5000, keepAliveTimeoutMs: 5000 };
      return new HttpListener({ name: 'http', port: 0, socketPath: path, ...times, handler: (_, response) => response.end('mine') });
    });
    const results = await Promise.allSettled(two.map((listener) => listener.listen()));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await ask('/')).toEqual({ status: 200, text: 'mine' });
    await Promise.all(two.map((listener) => listener.close(AbortSignal.abort())));
  });

  test('on which another process answers is left to it, and the error says so', async () => {
    const other = createServer((socket) => socket.end()).listen(path);
    await once(other, 'listening');
    await expect(startService({ http: { socketPath: path } })).rejects.toThrow(
      `component "http" can't listen: ${path} is in use by another process: stop that one, or choose another path with the option http.socketPath`,
    );
    expect(existsSync(path)).toBe(true);
    other.close();
    await once(other, 'close');
  });

  test('takes the place of no other file', async () => {
    writeFileSync(path, 'precious');
    await expect(startService({ http: { socketPath: path } })).rejects.toThrow(`${path} is there and is no socket: it is left alone`);
    expect(statSync(path).size).toBe(8);
  });

  test('in a folder that is not there: the error says so', async () => {
    path = join(folder, 'no', 'shop.sock');
    await expect(startService({ http: { socketPath: path } })).rejects.toThrow(`${path} can't be made: there is no such folder`);
  });

  test('has the permissions of socketMode', async () => {
    await start({ socketMode: 0o600 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is reached from this machine only: its peers may change the log level, but not through a proxy', async () => {
    await start();
    expect((await ask('/log/level', 'PUT', '{"level":"warn","for":"1m"}')).status).toBe(200);
    expect((await ask('/log/level', 'PUT', '{"level":"info"}', { 'X-Forwarded-For': '192.0.2.1' })).status).toBe(403);
  });

  test('counts as loopback for trusted proxies', async () => {
    await start({ trustedProxies: 'loopback' });
    expect((await ask('/', 'GET', '', { 'X-Forwarded-For': '192.0.2.1' })).text).toBe('hello 192.0.2.1');
  });

  test.each([
    [{ socketPath: 'x'.repeat(200) }, 'http.socketPath has 200 bytes: the system takes 107'],
    [{ socketPath: '' }, 'http.socketPath is "": it takes the path of a file'],
    [{ socketPath: '/tmp/x', port: 1 }, 'http.port and http.socketPath are both set: a listener has one of them'],
    [{ socketPath: '/tmp/x', host: 'localhost' }, 'http.host and http.socketPath are both set: a socket has no host'],
    [{ socketPath: '/tmp/x', socketMode: 0o1777 }, 'http.socketMode is 1023: it takes permissions, 0o000 to 0o777'],
    [{ socketMode: 0o600 }, 'http.socketMode is of no use without socketPath'],
  ])('is refused at construction with %j', async (http, problem) => {
    await expect(startService({ http })).rejects.toThrow(problem);
  });
});
