import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:tls';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { cert, key } from '../../support/certificate.ts';
import { endAll, ServiceProcess } from '../../support/service-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'patron-tls-'));
const certFile = join(folder, 'cert.pem');
const keyFile = join(folder, 'key.pem');
writeFileSync(certFile, cert);
writeFileSync(keyFile, key, { mode: 0o600 });

/** Collectors that want to see the client's certificate where they are told to; they count what they take. */
const collectors = {
  'http/protobuf': (options: object, took: () => void): Server =>
    createServer({ key, cert, ...options }, (request, response) => {
      request.resume().once('end', () => {
        took();
        response.end();
      });
    }),
  grpc: (options: object, took: () => void): Server =>
    createSecureServer({ key, cert, ...options }).on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.resume().once('end', () => {
        took();
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
        stream.end(Buffer.alloc(5));
      });
    }),
};

const servers: Server[] = [];
afterEach(async () => {
  await endAll();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  taken: number;
  counts: Record<string, unknown> | undefined;
  problem: unknown;
}

async function send(protocol: keyof typeof collectors, options: object, env: Record<string, string>): Promise<Result> {
  let taken = 0;
  const server = collectors[protocol](options, () => taken++);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const service = new ServiceProcess('recorded.mjs', [], {
    PATRON_HTTP_DEFAULT_PORT: '0',
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${(server.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    ...env,
  });
  await fetch(`http://127.0.0.1:${await service.port()}/`);
  service.kill('SIGINT'); // which waits for no balancer
  expect((await service.ended()).code).toBe(0);
  const problems = service.lines.filter(({ msg }) => msg === 'spans are lost').map(({ problem }) => problem);
  return { taken, counts: service.lines.find(({ msg }) => msg === 'spans'), problem: problems[0] };
}

describe.each(['http/protobuf', 'grpc'] as const)('spans to https, %s,', (protocol) => {
  test('arrive where OTEL_EXPORTER_OTLP_CERTIFICATE knows the collector', async () => {
    const { taken, counts } = await send(protocol, {}, { OTEL_EXPORTER_OTLP_CERTIFICATE: certFile });
    expect({ taken, counts }).toMatchObject({ taken: 1, counts: { exported: 1, dropped: {} } });
  });

  test('go to no stranger: they are counted as lost, and the log says why', async () => {
    const { taken, counts, problem } = await send(protocol, {}, {});
    expect({ taken, counts }).toMatchObject({ taken: 0, counts: { exported: 0, dropped: { export_failed: 1 } } });
    expect(problem).toMatch(/certificate/i);
  });

  test('show the certificate of OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _KEY to a collector that asks', async () => {
    const asking = { requestCert: true, rejectUnauthorized: true, ca: cert };
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: certFile };
    expect(await send(protocol, asking, env)).toMatchObject({ taken: 0, counts: { exported: 0 } });
    const own = { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certFile, OTEL_EXPORTER_OTLP_CLIENT_KEY: keyFile };
    expect(await send(protocol, asking, { ...env, ...own })).toMatchObject({ taken: 1, counts: { exported: 1 } });
  });
});
