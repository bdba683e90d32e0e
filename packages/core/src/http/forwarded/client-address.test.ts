import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { Wire } from '../../../test/support/wire.ts';
import { HttpListener } from '../listener.ts';
import { clientAddressOf } from './client-address.ts';
import type { TrustedProxiesOption } from './trusted.ts';

beforeAll(() => setup(memoryLog()));

const listeners: HttpListener[] = [];
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close(AbortSignal.abort()))));

/** What the server takes for the client's address; it is asked from 127.0.0.1. */
async function seen(trustedProxies: TrustedProxiesOption | undefined, ...headers: string[]): Promise<string> {
  const listener = new HttpListener({
    name: 'http',
    port: 0,
    host: '127.0.0.1',
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    keepAliveTimeoutMs: 5000,
    ...(trustedProxies !== undefined && { trustedProxies }),
    handler: (request, response) => response.end(`<${clientAddressOf(request)}>`),
  });
  listeners.push(listener);
  const wire = await Wire.open(Number(new URL(await listener.listen()).port));
  const { received } = await wire.request('/', ...headers).until((one) => one.received.includes('>'));
  return /<(.*)>/.exec(received)?.[1] ?? '';
}

describe('the address of a client', () => {
  test('is the peer’s, whatever headers say, where nobody is trusted', async () => {
    const sent = ['Forwarded: for=192.0.2.1', 'X-Forwarded-For: 192.0.2.1', 'X-Real-IP: 192.0.2.1'];
    expect(await seen(undefined, ...sent)).toBe('127.0.0.1');
    expect(await seen('none', ...sent)).toBe('127.0.0.1');
    expect(await seen([], ...sent)).toBe('127.0.0.1');
  });

  test('is the peer’s, whatever headers say, where that one is not among the trusted', async () => {
    expect(await seen(['10.0.0.0/8', '::1'], 'X-Forwarded-For: 192.0.2.1')).toBe('127.0.0.1');
  });

  test('is the one that the nearest trusted proxy names, not what a client has put in front of it', async () => {
    expect(await seen('loopback', 'X-Forwarded-For: 10.9.9.9, 192.0.2.1')).toBe('192.0.2.1');
    expect(await seen(['127.0.0.0/8'], 'Forwarded: for=10.9.9.9, for=192.0.2.1;proto=https')).toBe('192.0.2.1');
  });

  test('is found past trusted hops only', async () => {
    const trusted = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'];
    expect(await seen(trusted, 'X-Forwarded-For: 203.0.113.9, 192.0.2.1, fd00::7, 10.0.0.7')).toBe('192.0.2.1');
    expect(await seen(trusted, 'X-Forwarded-For: 10.0.0.8, 10.0.0.7')).toBe('10.0.0.8');
  });

  test('is read from doubled headers as if they were one', async () => {
    expect(await seen('loopback', 'X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 192.0.2.2')).toBe('192.0.2.2');
    expect(await seen(['127.0.0.1', '192.0.2.2'], 'Forwarded: for=192.0.2.1', 'forwarded: for=192.0.2.2')).toBe('192.0.2.1');
  });

  test('is the peer’s where a trusted one names nobody', async () => {
    expect(await seen('loopback')).toBe('127.0.0.1');
  });

  test.each(['X-Forwarded-For: garbage', 'X-Forwarded-For: 192.0.2.1, unknown', 'Forwarded: for=_hidden', 'Forwarded: by=10.0.0.1'])(
    'is not known where a trusted proxy does not tell it: %s',
    async (header) => {
      expect(await seen('loopback', header)).toBe('undefined');
    },
  );

  test('is not known where the two headers disagree: one of them is the client’s own', async () => {
    expect(await seen('loopback', 'Forwarded: for=10.0.0.1', 'X-Forwarded-For: 192.0.2.1')).toBe('undefined');
    expect(await seen('loopback', 'Forwarded: for=192.0.2.1', 'X-Forwarded-For: 192.0.2.1')).toBe('192.0.2.1');
  });
});
