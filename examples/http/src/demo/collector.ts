import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readSpans } from './otlp.ts';
import type { Span } from './span.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Takes spans as a collector does, and keeps them. */
export interface Collector {
  readonly port: number;
  /** The spans of a trace, once there are so many of them; when the signal aborts, those that have arrived. */
  trace(traceId: string, spans: number, signal: AbortSignal): Promise<readonly Span[]>;
  close(): void;
}

/** The smallest collector: OTLP/HTTP with JSON, on a free port of 127.0.0.1. A real one does more with less trust. */
export async function startCollector(): Promise<Collector> {
  const received: Span[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    receive(request, response).then(
      (spans) => {
        received.push(...spans);
        for (const look of waiting) look();
      },
      (error: unknown) => response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    trace(traceId, spans, signal) {
      const found = (): Span[] => received.filter((span) => span.traceId === traceId);
      return new Promise((resolve) => {
        const look = (): void => {
          if (found().length < spans && !signal.aborted) return;
          waiting.delete(look);
          resolve(found());
        };
        waiting.add(look);
        signal.addEventListener('abort', look, { once: true });
        look();
      });
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<Span[]> {
  const refuse = (status: number, why: string): Span[] => {
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(why);
    return [];
  };
  if (request.method !== 'POST' || request.url !== '/v1/traces') return refuse(404, 'spans are taken at POST /v1/traces');
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return refuse(415, 'set OTEL_EXPORTER_OTLP_PROTOCOL=http/json');
  let body = '';
  request.setEncoding('utf8');
  for await (const piece of request) {
    body += piece;
    if (body.length > MAX_BODY_BYTES) return refuse(413, `a batch may have ${MAX_BODY_BYTES} bytes`);
  }
  const spans = readSpans(body);
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  return spans;
}
