import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog, type MemoryLog } from '@patron/log/testing';
import { type Route, routes, type RoutesOptions } from '../src/index.ts';

const opened: Server[] = [];

/** The lines that were logged since the test began. */
export const logged: MemoryLog = memoryLog();

beforeEach(() => {
  logged.clear();
  setup(logged);
});

afterEach(async () => {
  for (const server of opened.splice(0)) {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
});

/** Opens a real server for a test, and closes it afterwards. */
export async function open(listener: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer(listener);
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
}

/** A port on which routes are served. */
export async function serve(list: readonly Route[], options?: RoutesOptions): Promise<number> {
  return (await open(routes(list, options))).port;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body, parsed. */
  json: unknown;
}

export interface Question {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
}

/** Asks with Node's own client, which sends the path as it is written, and as clients do that mean to come back. */
export function ask(port: number, path: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { port, host: '127.0.0.1', method, path, headers: { Connection: 'keep-alive', ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const isJson = response.headers['content-type']?.startsWith('application/json') === true && text !== '';
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined });
        });
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}

/** Sends a JSON body. */
export function send(port: number, path: string, value: unknown, method = 'POST'): Promise<Answer> {
  return ask(port, path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });
}
