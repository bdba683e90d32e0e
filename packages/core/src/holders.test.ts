import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findHolders } from './holders.ts';

test('what holds a process open is named with its address, and standard streams are not blamed', async () => {
  expect(process.stdout.writable && process.stderr.writable).toBe(true);
  const before = findHolders();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  await Promise.all([once(client, 'connect'), once(server, 'connection')]);
  const idle = setTimeout(() => undefined, 60_000);
  const unheld = setTimeout(() => undefined, 60_000).unref();

  const added = findHolders();
  for (const one of before) if (added.includes(one)) added.splice(added.indexOf(one), 1);
  expect(added).toContain(`TCPServerWrap on 127.0.0.1:${port}`);
  expect(added).toContain(`TCPSocketWrap to 127.0.0.1:${port}`);
  expect(added).toContain(`TCPSocketWrap to 127.0.0.1:${client.localPort}`);
  expect(added.filter((one) => one === 'Timeout').length).toBeLessThanOrEqual(1 + before.filter((one) => one === 'Timeout').length);

  clearTimeout(idle);
  clearTimeout(unheld);
  client.destroy();
  server.close();
  await once(server, 'close');
});

test('a server on a Unix socket is named with its path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patron-holders-'));
  const path = join(folder, 'a.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  expect(findHolders()).toContain(`PipeWrap on ${path}`);
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true });
});
