import { once } from 'node:events';
import { createServer as createHttp, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openSpanExporter } from '../otlp.ts';
import { createResource } from '../resource.ts';
import type { ExportResult, FinishedSpan, SpanExporter } from '../spans/finished-span.ts';
import { DEFAULT_LIMITS } from '../spans/limits.ts';
import { RecordedSpan } from '../spans/span.ts';

/** `ExportTraceServiceResponse { partial_success { rejected_spans: 3 } }` */
const REJECTS_THREE = Buffer.from('0a020803', 'hex');
const UNAVAILABLE = 14;
const INVALID_ARGUMENT = 3;

interface Received {
  headers: Record<string, unknown>;
  body: Buffer;
}

/** What a collector does with a request; undefined: it does not answer. */
type Answer = { body?: Buffer; fails?: 'for now' | 'for good' } | undefined;

interface Collector {
  endpoint: string;
  received: Received[];
  arrived(count: number): Promise<void>;
}

const opened: { server: Server; sockets: Set<Socket>; exporter: SpanExporter }[] = [];
afterEach(async () => {
  for (const name of Object.keys(process.env).filter((one) => one.startsWith('OTEL_EXPORTER_'))) delete process.env[name];
  for (const { server, sockets, exporter } of opened.splice(0)) {
    await exporter.shutdown();
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

const frame = (body: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]);

/** A collector of one protocol that gives these answers, one after the other. */
const collectors: Record<'http/protobuf' | 'grpc', (answer: () => Answer, took: (received: Received) => void) => Server> = {
  'http/protobuf': (answer, took) =>
    createHttp((request, response) => {
      void request.toArray().then((pieces) => {
        took({ headers: request.headers, body: Buffer.concat(pieces as Buffer[]) });
        const answered = answer();
        if (answered === undefined) return;
        const status = answered.fails === undefined ? 200 : answered.fails === 'for now' ? 503 : 400;
        response.writeHead(status, { 'Content-Type': 'application/x-protobuf' }).end(answered.body);
      });
    }),
  grpc: (answer, took) =>
    createHttp2().on('stream', (stream, headers) => {
      const pieces: Buffer[] = [];
      stream.on('error', () => undefined);
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        took({ headers, body: Buffer.concat(pieces) });
        const answered = answer();
        if (answered === undefined) return;
        const head = { ':status': 200, 'content-type': 'application/grpc' };
        if (answered.fails !== undefined) {
          stream.respond({ ...head, 'grpc-status': answered.fails === 'for now' ? UNAVAILABLE : INVALID_ARGUMENT }, { endStream: true });
          return;
        }
        stream.respond(head, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
        stream.end(frame(answered.body ?? Buffer.alloc(0)));
      });
    }),
};

async function openCollector(protocol: keyof typeof collectors, answers: Answer[]): Promise<Collector & { exporter: SpanExporter }> {
  const received: Received[] = [];
  const watchers = new Set<() => void>();
  const server = collectors[protocol](
    () => answers[Math.min(received.length, answers.length) - 1],
    (one) => {
      received.push(one);
      for (const look of watchers) look();
    },
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
  const exporter = await openSpanExporter({ kind: 'otlp', protocol, url: undefined, shown: endpoint }, 'this test');
  opened.push({ server, sockets, exporter });
  const arrived = async (count: number): Promise<void> => {
    while (received.length < count) await new Promise<void>((resolve) => watchers.add(resolve));
  };
  return { endpoint, received, arrived, exporter };
}

/** A whole collection: what nothing but a weak reference holds is gone afterwards. */
const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

const resource = createResource({ name: 'shop', version: '1' }, {});
function span(i: number): FinishedSpan {
  const context = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: String(i + 1).padStart(16, '0'), traceFlags: 1 };
  const home = { resource, limits: DEFAULT_LIMITS, ended: () => undefined };
  const one = new RecordedSpan(home, { name: `step-${i}`, kind: 0, context, parent: undefined, scope: { name: 'test' }, startMs: 1 });
  one.end(2);
  return one;
}
const send = (exporter: SpanExporter, count = 1): Promise<ExportResult> =>
  new Promise((resolve) =>
    exporter.export(
      Array.from({ length: count }, (_, i) => span(i)),
      resolve,
    ),
  );

describe.each(['http/protobuf', 'grpc'] as const)('a batch that goes out by OTLP, %s,', (protocol) => {
  test('arrives whole, however many parts it was encoded in', async () => {
    const { exporter, received } = await openCollector(protocol, [{}]);
    expect(await send(exporter, 200)).toMatchObject({ code: 0 });
    const text = received[0]?.body.toString('latin1') ?? '';
    expect(new Set(text.match(/step-\d+/g)).size).toBe(200);
  });

  test('tells how many of its spans the receiver refused', async () => {
    const { exporter } = await openCollector(protocol, [{ body: REJECTS_THREE }]);
    expect(await send(exporter, 5)).toEqual({ code: 0, rejected: 3 });
  });

  test('is sent again where the receiver can’t take it now', async () => {
    const { exporter, received } = await openCollector(protocol, [{ fails: 'for now' }, {}]);
    expect(await send(exporter)).toMatchObject({ code: 0 });
    expect(received).toHaveLength(2);
    expect(received[1]?.body.equals(received[0]?.body ?? Buffer.alloc(0))).toBe(true);
  });

  test('is not sent again where the receiver will not have it', async () => {
    const { exporter, received } = await openCollector(protocol, [{ fails: 'for good' }]);
    expect(await send(exporter)).toMatchObject({ code: 1, error: { message: expect.stringContaining('127.0.0.1') as unknown } });
    expect(received).toHaveLength(1);
  });

  test('is given up after the timeout, and says why', async () => {
    process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '200';
    const { exporter } = await openCollector(protocol, [undefined]);
    const { code, error } = await send(exporter);
    expect([code, error?.message]).toEqual([
      1,
      expect.stringMatching(/^a batch for .*127\.0\.0\.1:\d+.* was not delivered within 200 ms$/),
    ]);
  });

  test('is given up in time although the memory is tidied up meanwhile', async () => {
    process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '500';
    const { exporter, arrived } = await openCollector(protocol, [undefined]);
    const sent = send(exporter);
    await arrived(1);
    for (let i = 0; i < 3; i++) collectGarbage();
    expect((await sent).code).toBe(1);
  });

  test('goes to a connection of its own after one that did not answer', async () => {
    process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '200';
    const { exporter, received } = await openCollector(protocol, [undefined, {}]);
    expect((await send(exporter)).code).toBe(1);
    expect((await send(exporter)).code).toBe(0);
    expect(received).toHaveLength(2);
    expect(opened[0]?.sockets.size).toBe(2);
  });

  test('is given up at once when the exporter closes', async () => {
    process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '600000';
    const { exporter, arrived } = await openCollector(protocol, [undefined]);
    const sent = send(exporter);
    await arrived(1);
    await exporter.shutdown();
    expect((await sent).error?.message).toMatch(/was not delivered before the stop$/);
  });

  test('carries the headers of OTEL_EXPORTER_OTLP_HEADERS, and is compressed where OTEL_EXPORTER_OTLP_COMPRESSION says so', async () => {
    process.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'api-key=s3cret,tenant=a%20b';
    process.env['OTEL_EXPORTER_OTLP_COMPRESSION'] = 'gzip';
    const { exporter, received } = await openCollector(protocol, [{}]);
    expect((await send(exporter)).code).toBe(0);
    const { headers, body } = received[0] as Received;
    expect(headers).toMatchObject({ 'api-key': 's3cret', tenant: 'a b' } satisfies IncomingHttpHeaders);
    // A message of gRPC has five bytes in front: whether it is compressed, and how long it is.
    expect(gunzipSync(protocol === 'grpc' ? body.subarray(5) : body).toString('latin1')).toContain('step-0');
  });
});
