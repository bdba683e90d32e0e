import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import { type RunningService, startService } from '../../../test/running-service.ts';
import { certificate, type CertificateFiles } from '../../../test/support/openssl.ts';
import type { ListenerTlsOptions } from './options.ts';

const CLIENTS = 50;
const ROTATIONS = 10;

let made: string;
/** One more than there are rotations; their serials are 1 to 11. */
let certificates: CertificateFiles[];
let expired: CertificateFiles;

let folder: string;
let running: RunningService | undefined;

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'patron-made-'));
  certificates = [];
  for (let i = 1; i <= ROTATIONS + 1; i++) certificates.push(await certificate(made, `c${i}`, { serial: i }));
  expired = await certificate(made, 'expired', { serial: 99, expired: true });
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patron-certificates-'));
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function put(files: CertificateFiles): void {
  copyFileSync(files.key, join(folder, 'tls.key'));
  copyFileSync(files.cert, join(folder, 'tls.crt'));
}

async function start(options: ListenerTlsOptions = {}): Promise<RunningService> {
  running = await startService({
    http: {
      handler: (_, response) => response.end('hello'),
      tls: { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key'), ...options },
    },
  });
  return running;
}

/** A service looks once when it has begun to watch; one look follows another. */
async function lookedAtTheStart(service: RunningService): Promise<void> {
  process.emit('SIGHUP'); // to the service alone, not to the runner of the tests
  await service.line({ message: 'certificate loaded', fields: { reason: 'SIGHUP' } });
}

function first(): CertificateFiles {
  return certificates[0] as CertificateFiles;
}

function second(): CertificateFiles {
  return certificates[1] as CertificateFiles;
}

/** The serial that a new connection sees. */
function serial(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function ask(port: number, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({ port, host: '127.0.0.1', agent, rejectUnauthorized: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    asking.on('error', reject);
    asking.end();
  });
}

describe('a certificate that is rotated', () => {
  test(`${ROTATIONS} times under ${CLIENTS} keep-alive clients costs none of them an answer or a connection, and new ones see the new one`, async () => {
    put(first());
    const service = await start();
    const agents = Array.from({ length: CLIENTS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    let connections = 0;
    for (const agent of agents) {
      const { createConnection } = agent as unknown as { createConnection: (...args: unknown[]) => unknown };
      Object.assign(agent, { createConnection: (...args: unknown[]) => (connections++, createConnection.apply(agent, args)) });
    }
    let rotating = true;
    const statuses: number[] = [];
    const clients = agents.map(async (agent) => {
      while (rotating) statuses.push(await ask(service.port, agent));
    });
    for (let i = 1; i <= ROTATIONS; i++) {
      put(certificates[i] as CertificateFiles);
      const wanted = Number(i + 1)
        .toString(16)
        .toUpperCase()
        .padStart(2, '0');
      await service.line({ message: 'certificate loaded', fields: { serial: wanted } });
      expect(await serial(service.port)).toBe(wanted);
    }
    rotating = false;
    await Promise.all(clients); // rejects where one had an error
    for (const agent of agents) agent.destroy();
    expect(statuses.length).toBeGreaterThan(CLIENTS);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(connections).toBe(CLIENTS);
  }, 60_000);

  test('as Kubernetes does it, by a link that is swapped, is seen', async () => {
    for (const [name, files] of [['..1', first()] as const, ['..2', second()] as const]) {
      mkdirSync(join(folder, name));
      copyFileSync(files.key, join(folder, name, 'tls.key'));
      copyFileSync(files.cert, join(folder, name, 'tls.crt'));
    }
    symlinkSync('..1', join(folder, '..data'));
    for (const file of ['tls.key', 'tls.crt']) symlinkSync(join('..data', file), join(folder, file));
    const service = await start();
    expect(await serial(service.port)).toBe('01');
    await lookedAtTheStart(service);
    symlinkSync('..2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    await service.line({ message: 'certificate loaded', fields: { serial: '02', reason: 'change' } });
    expect(await serial(service.port)).toBe('02');
  });

  test('where the file system tells of no change is found by looking', async () => {
    // The watch is on the folder that the link led to when it began.
    for (const [name, files] of [['v1', first()] as const, ['v2', second()] as const]) {
      mkdirSync(join(folder, name));
      copyFileSync(files.key, join(folder, name, 'tls.key'));
      copyFileSync(files.cert, join(folder, name, 'tls.crt'));
    }
    symlinkSync('v1', join(folder, 'current'));
    const service = await start({
      certFile: join(folder, 'current', 'tls.crt'),
      keyFile: join(folder, 'current', 'tls.key'),
      filePollMs: 50,
    });
    await lookedAtTheStart(service);
    symlinkSync('v2', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'current'));
    await service.line({ message: 'certificate loaded', fields: { serial: '02', reason: 'poll' } });
    expect(await serial(service.port)).toBe('02');
  });

  test('is read at SIGHUP, and told, also where it is the same', async () => {
    put(first());
    const service = await start();
    await lookedAtTheStart(service);
    expect(service.log.find({ message: 'SIGHUP: nothing to do, option onHangup' })).toBeUndefined();
  });
});

describe('a certificate that can’t be used', () => {
  const broken: readonly [string, RegExp, () => void][] = [
    [
      'whose key is another one',
      /tls\.key is not the key of the certificate in .*tls\.crt/,
      () => copyFileSync(second().cert, join(folder, 'tls.crt')),
    ],
    [
      'of which half is written',
      /tls\.crt holds no certificate in PEM/,
      () => writeFileSync(join(folder, 'tls.crt'), readFileSync(second().cert).subarray(0, 200)),
    ],
    [
      'whose key is half written',
      /tls\.key holds no key in PEM that can be read/,
      () => writeFileSync(join(folder, 'tls.key'), readFileSync(second().key).subarray(0, 60)),
    ],
    ['that is gone', /tls\.crt can't be read: ENOENT/, () => rmSync(join(folder, 'tls.crt'))],
  ];
  test.each(broken)('%s: the log names the file, the one before goes on, and the next good one is taken', async (_, message, breakIt) => {
    put(first());
    const service = await start();
    breakIt();
    const { level, message: said } = await service.line({ message: /^certificate not changed/ });
    expect([level, said]).toEqual(['error', expect.stringMatching(message)]);
    expect(await serial(service.port)).toBe('01');
    put(second());
    await service.line({ message: 'certificate loaded', fields: { serial: '02' } });
    expect(await serial(service.port)).toBe('02');
  });

  test('is complained of once, not at every look', async () => {
    put(first());
    const service = await start({ filePollMs: 20 });
    rmSync(join(folder, 'tls.key'));
    await service.line({ message: /^certificate not changed/ });
    const startedAt = performance.now();
    while (performance.now() - startedAt < 300) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(service.log.lines.filter(({ message }) => message.startsWith('certificate not changed'))).toHaveLength(1);
  });

  test.each<[string, () => ListenerTlsOptions, RegExp]>([
    [
      'a file that is not there',
      () => ({ certFile: '/nowhere/tls.crt' }),
      /http\.tls can't be used: \/nowhere\/tls\.crt can't be read: ENOENT/,
    ],
    [
      'a key of another certificate',
      () => ({ keyFile: second().key }),
      /http\.tls can't be used: .*c2\.key is not the key of the certificate in/,
    ],
    [
      'authorities that are none',
      () => ({ caFile: second().key, clientCertificates: 'required' }),
      /c2\.key is no list of certificates in PEM: number 1/,
    ],
    [
      'a client’s certificate asked for, and nobody to sign it',
      () => ({ clientCertificates: 'required' }),
      /clientCertificates needs caFile or ca/,
    ],
    ['TLS that is too old', () => ({ minVersion: 'TLSv1.1' }), /http\.tls\.minVersion is "TLSv1\.1": it takes TLSv1\.2 or TLSv1\.3/],
    ['a file and its content', () => ({ cert: 'x' }), /http\.tls has both certFile and cert/],
  ])('stops the start: %s', async (_, options, problem) => {
    put(first());
    await expect(start(options())).rejects.toThrow(problem);
  });
});

test('the end of a certificate is in the metrics, is told in the log, and follows a rotation', async () => {
  const gauge = /patron_tls_certificate_expiry_timestamp_seconds\{component="http"\} (\d+)/;
  const until = async (): Promise<number> => Number(gauge.exec(await metrics.scrape())?.[1]);
  const ends = ({ cert }: CertificateFiles): number => Date.parse(new X509Certificate(readFileSync(cert)).validTo) / 1000;
  put(first());
  const service = await start();
  expect(await until()).toBe(ends(first()));
  const told = await service.line({ message: 'certificate loaded' });
  expect(told.fields).toMatchObject({ component: 'http', subject: 'O=Shop, CN=localhost', serial: '01' });
  expect(Date.parse(String(told.fields['expires'])) / 1000).toBe(ends(first()));
  put(expired);
  await service.line({ message: 'certificate loaded, and it has expired: clients refuse it', level: 'error' });
  expect(await until()).toBe(ends(expired));
  await service.stop();
  running = undefined;
  expect(await metrics.scrape()).not.toMatch(gauge);
});
