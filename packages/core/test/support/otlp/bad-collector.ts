import { once } from 'node:events';
import { createServer as createHttp, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';

/** The ways in which a collector may be no help. */
export type Ailment = keyof typeof ailments;

/** A collector that has one. */
export interface BadCollector {
  readonly port: number;
  close(): Promise<void>;
}

const ailments = {
  /** Nobody listens. */
  dead: () => undefined,
  /** Takes the connection and reads nothing. */
  stalled: () => tcp((socket) => void socket.pause()),
  /** Reads it all and says nothing. */
  silent: () => tcp((socket) => void socket.resume()),
  /** Answers well, after two seconds. */
  slow: () => http((response) => void setTimeout(() => response.end(), 2000)),
  'answers 500': () => http((response) => void response.writeHead(500).end('out of disk')),
  'answers 503': () => http((response) => void response.writeHead(503).end('busy')),
  'answers 429 for an hour': () => http((response) => void response.writeHead(429, { 'Retry-After': '3600' }).end()),
  'answers 200 and garbage': () => http((response) => void response.end(Buffer.from('ff00ff00deadbeef'.repeat(10), 'hex'))),
  'speaks no HTTP': () => tcp((socket) => void socket.end('220 mail.example ESMTP\r\n')),
  'never ends its answer': () =>
    tcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const timer = setInterval(() => socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`), 1);
      socket.on('close', () => clearInterval(timer));
    }),
  'cuts its answer short': () =>
    tcp((socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'))),
  'resets the connection': () => tcp((socket) => void socket.once('data', () => socket.resetAndDestroy())),
  /** A byte a second: its answer is on the way, and never there. */
  drips: () =>
    tcp((socket) => {
      const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
      let sent = 0;
      const timer = setInterval(() => socket.write(answer.charAt(sent++)), 1000);
      socket.on('close', () => clearInterval(timer));
    }),
  /** Speaks HTTP/2 and takes the call, which it never answers. */
  'takes calls and never answers': () => http2(() => undefined),
  'answers UNAVAILABLE': () =>
    http2((stream) => stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 14 }, { endStream: true })),
} as const;

/** Opens one on a port of its own. */
export async function openBadCollector(ailment: Ailment): Promise<BadCollector> {
  const server = ailments[ailment]();
  const sockets = new Set<Socket>();
  const listening = server ?? createTcp();
  listening.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // whoever gives up on it may do so as it likes
    socket.on('close', () => sockets.delete(socket));
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = once(listening, 'close');
    listening.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  if (server !== undefined) return { port, close };
  await close();
  return { port, close: async () => undefined };
}

const tcp = (connected: (socket: Socket) => void): Server => createTcp((socket) => connected(socket));

const http = (answer: (response: ServerResponse) => void): Server =>
  createHttp((request, response) => {
    request.resume().once('end', () => answer(response));
  });

const http2 = (answer: (stream: ServerHttp2Stream) => void): Server =>
  createHttp2().on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream);
  });
