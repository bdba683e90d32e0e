import { createServer as createRawServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach } from '@jest/globals';
import { metrics } from '@patron/trace';
import { HttpClient, type HttpClientError, type HttpClientOptions } from '../src/client.ts';
import { open } from './server.ts';

const clients: HttpClient[] = [];
const servers: { server: Server; sockets: Set<Socket> }[] = [];
/** What had been counted when the test began: a port may have been another test's. */
let counts = new Map<string, number>();

beforeEach(async () => {
  counts = new Map(await countsOfCalls());
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close(AbortSignal.abort())));
  for (const { server, sockets } of servers.splice(0)) {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
});

/** A client that is closed after the test. */
export function create(options?: HttpClientOptions): HttpClient {
  const client = new HttpClient(options);
  clients.push(client);
  return client;
}

/** A real server, and a client for it. */
export async function createFor(
  listener: RequestListener,
  options?: HttpClientOptions,
): Promise<{ client: HttpClient; port: number; sockets: Set<Socket> }> {
  const { port, server } = await open(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return { client: create({ baseUrl: `http://127.0.0.1:${port}`, ...options }), port, sockets };
}

/** A server that does with its connections what it likes. */
export async function openRaw(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createRawServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // a client that goes is what some tests are about
    onConnection(socket);
    socket.resume(); // what nobody reads does not tell that its sender has gone
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A server that answers each request with these bytes. */
export function openAnswering(bytes: string | Buffer): Promise<number> {
  return openRaw((socket) => socket.on('data', () => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)));
}

/** What a call failed with. By its fields and not its class: jest has its own `Error`. */
export async function failure(call: Promise<unknown>): Promise<HttpClientError> {
  try {
    await call;
  } catch (error) {
    return error as HttpClientError;
  }
  throw new Error('the call did not fail');
}

/** Counts of this test's calls to a port, by the rest of their labels. */
export async function counted(port: number): Promise<string[]> {
  const own = new RegExp(`^(.*),?server_address="[^"]*",server_port="${port}",?(.*)$`);
  return (await countsOfCalls()).flatMap(([labels, count]) => {
    const match = own.exec(labels);
    const since = count - (counts.get(labels) ?? 0);
    return match === null || since === 0 ? [] : [`${match[1]}${match[2]} ${since}`];
  });
}

async function countsOfCalls(): Promise<[labels: string, count: number][]> {
  const series = (await metrics.scrape()).matchAll(/^http_client_request_duration_seconds_count\{(.*)\} (\d+)$/gm);
  return Array.from(series, ([, labels, count]) => [labels as string, Number(count)]);
}

/** How many calls to a port are going on, by the gauge. */
export async function active(port: number): Promise<number> {
  const lines = (await metrics.scrape()).split('\n');
  return lines
    .filter((line) => line.startsWith('http_client_active_requests{') && line.includes(`server_port="${port}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Resolves once a condition holds; it is looked at each turn of the loop. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`did not become so within ${limitMs} ms: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
