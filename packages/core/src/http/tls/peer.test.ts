import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { certificate, type CertificateFiles } from '../../../test/support/openssl.ts';
import { HttpListener } from '../listener.ts';
import type { ListenerTlsOptions } from './options.ts';
import { peerOf } from './peer.ts';

const run = promisify(execFile);
const BILLING = 'DNS:billing.shop,URI:spiffe://shop/billing,IP:10.0.0.7';

let folder: string;
let authority: CertificateFiles;
let other: CertificateFiles;
let server: CertificateFiles;
let client: CertificateFiles;
/** Signed by an authority that nobody here knows. */
let stranger: CertificateFiles;
/** Signed by ours, and over. */
let former: CertificateFiles;

beforeAll(async () => {
  setup((base) => {
    const sink = memory(base);
    return {
      write(entry) {
        sink.write(entry);
        for (const look of waiting) look();
      },
    };
  });
  folder = mkdtempSync(join(tmpdir(), 'patron-peer-'));
  authority = await certificate(folder, 'authority', { commonName: 'authority' });
  other = await certificate(folder, 'other', { commonName: 'authority' });
  server = await certificate(folder, 'server', { by: authority });
  client = await certificate(folder, 'client', { commonName: 'billing', names: BILLING, by: authority });
  stranger = await certificate(folder, 'stranger', { commonName: 'billing', names: BILLING, by: other });
  former = await certificate(folder, 'former', { commonName: 'billing', expired: true, by: authority });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const memory = memoryLog();
const waiting = new Set<() => void>();

/** Resolves when files have been read again, for whatever reason. */
function reloaded(): Promise<void> {
  memory.clear();
  return new Promise((resolve) => {
    const look = (): void => {
      if (!memory.lines.some(({ message, fields }) => message === 'certificate loaded' && fields['reason'] !== undefined)) return;
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
  });
}

const listeners: HttpListener[] = [];
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close(AbortSignal.abort()))));

async function listen(tls: ListenerTlsOptions): Promise<number> {
  const listener = new HttpListener({
    name: 'http',
    port: 0,
    host: '127.0.0.1',
    readTimeoutMs: 5000,
    writeTimeoutMs: 5000,
    keepAliveTimeoutMs: 5000,
    tls: { certFile: server.cert, keyFile: server.key, ...tls },
    handler: (asked, response) => response.end(JSON.stringify(peerOf(asked) ?? null)),
  });
  listeners.push(listener);
  return Number(new URL(await listener.listen()).port);
}

/** What the server takes the client for. */
function ask(port: number, as?: CertificateFiles): Promise<unknown> {
  const shown = as && { cert: readFileSync(as.cert), key: readFileSync(as.key) };
  return new Promise((resolve, reject) => {
    const asking = request({ port, host: '127.0.0.1', ca: readFileSync(authority.cert), agent: false, ...shown }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text)));
    });
    asking.on('error', reject);
    asking.end();
  });
}

function requiring(clientCertificates: 'required' | 'optional'): Promise<number> {
  return listen({ clientCertificates, caFile: authority.cert });
}

describe('a client with a certificate that our authority has signed', () => {
  test.each(['required', 'optional'] as const)('is known by it, where it is %s', async (clientCertificates) => {
    expect(await ask(await requiring(clientCertificates), client)).toEqual({
      subject: { O: 'Shop', CN: 'billing' },
      subjectAltNames: ['DNS:billing.shop', 'URI:spiffe://shop/billing', 'IP Address:10.0.0.7'],
      fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      authorized: true,
    });
  });

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
    test('is known on a resumed session too', async () => {
      const port = await requiring('required');
      const { ticket } = await talk(port, version);
      const { reused, text } = await talk(port, version, ticket);
      expect(reused).toBe(true);
      expect(text).toContain('spiffe://shop/billing');
    });

    test('is let in no more once that authority is not ours, not on a resumed session either', async () => {
      const caFile = join(folder, `${version}-authorities.pem`);
      copyFileSync(authority.cert, caFile);
      const loaded = reloaded();
      const port = await listen({ clientCertificates: 'required', caFile });
      const { ticket } = await talk(port, version);
      copyFileSync(other.cert, caFile);
      await loaded;
      const { text } = await talk(port, version, ticket).catch(() => ({ text: 'cut' }));
      expect(text).not.toContain('HTTP/1.1');
      expect(await ask(port, stranger)).toMatchObject({ subject: { CN: 'billing' } }); // that one's authority is ours now
    });
  });
});

/** A whole connection with one request, of the client, on a session of before. */
async function talk(
  port: number,
  version: 'TLSv1.2' | 'TLSv1.3',
  session?: Buffer,
): Promise<{ reused: boolean; text: string; ticket: Buffer | undefined }> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ca: readFileSync(authority.cert),
    cert: readFileSync(client.cert),
    key: readFileSync(client.key),
    minVersion: version,
    maxVersion: version,
    session,
  });
  let ticket: Buffer | undefined;
  let reused = false;
  socket.on('secureConnect', () => (reused = socket.isSessionReused()));
  socket.on('session', (one: Buffer) => (ticket = one));
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return { reused, text, ticket };
}

describe('a client without such a certificate', () => {
  const others = [
    ['none', () => undefined],
    ['one of a stranger', () => stranger],
    ['one that is over', () => former],
  ] as const;

  test.each(others)('gets no answer where it is required: %s', async (_, shown) => {
    await expect(ask(await requiring('required'), shown())).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up|alert/);
  });

  test.each(others)('is served and not known where it is optional: %s', async (_, shown) => {
    expect(await ask(await requiring('optional'), shown())).toBeNull();
  });

  test('is not known where none was asked for', async () => {
    expect(await ask(await listen({}), client)).toBeNull();
  });
});

test('a name with a comma can not pass as two names', async () => {
  const file = join(folder, 'sly.cnf');
  await run('sh', [
    '-c',
    `printf '[req]\\ndistinguished_name=dn\\n[dn]\\n[ext]\\nsubjectAltName=@names\\n[names]\\nURI.1=http://a, URI:spiffe://shop/admin\\n' > ${file}`,
  ]);
  const sly = { cert: join(folder, 'sly.crt'), key: join(folder, 'sly.key') };
  const from = ['-CA', authority.cert, '-CAkey', authority.key, '-config', file, '-extensions', 'ext', '-subj', '/CN=sly'];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', sly.key, '-out', sly.cert, '-days', '30', ...from]);
  expect(await ask(await requiring('required'), sly)).toMatchObject({ subjectAltNames: ['URI:http://a, URI:spiffe://shop/admin'] });
});

describe('TLS', () => {
  const speak = (port: number, version: string): Promise<{ stdout: string }> =>
    run('sh', ['-c', `openssl s_client -connect 127.0.0.1:${port} -${version} -cipher 'DEFAULT:@SECLEVEL=0' </dev/null 2>&1 || true`]);

  test.each(['tls1', 'tls1_1'])('is not spoken in the version %s', async (version) => {
    expect((await speak(await listen({}), version)).stdout).not.toMatch(/Cipher is (?!\(NONE\))/);
  });

  test('is spoken in the versions 1.2 and 1.3', async () => {
    const port = await listen({});
    expect((await speak(port, 'tls1_2')).stdout).toMatch(/New, TLSv1\.2, Cipher is ECDHE/);
    expect((await speak(port, 'tls1_3')).stdout).toMatch(/New, TLSv1\.3, Cipher is TLS_/);
  });
});
