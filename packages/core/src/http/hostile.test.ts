import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HostileRequest, hostileRequests } from '../../test/hostile-requests.ts';
import { exchange } from '../../test/raw-client.ts';
import { type RunningService, startService } from '../../test/running-service.ts';

/** What comes after a hostile request on its connection. Where that one was refused, nobody may ever see this one. */
const BEHIND = 'GET /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const SEEN_BEHIND = 'GET /behind';

/** By the client's port, which tells open connections apart only: systems give a port again, so what is read here is taken away. */
const seenBy = new Map<number, string[]>();
let service: RunningService;

beforeAll(async () => {
  service = await startService({ http: { handler: record, readTimeoutMs: 500 } });
});
afterAll(() => service.stop());

function record(request: IncomingMessage, response: ServerResponse): void {
  const port = request.socket.remotePort as number;
  const { host } = request.headers;
  seenBy.set(port, [...(seenBy.get(port) ?? []), `${request.method} ${request.url}${host === 'b' ? ' Host b' : ''}`]);
  request.resume();
  request.once('end', () => response.end('ok'));
}

function behind(row: HostileRequest): string {
  return row.unfinished === true ? '' : BEHIND;
}

interface Outcome {
  answer: number | 'closed';
  seen: readonly string[];
}

function expected({ answer, seen = [], last }: HostileRequest): Outcome {
  const goesOn = (answer === 200 || answer === 417) && last !== true;
  return { answer, seen: goesOn ? [...seen, SEEN_BEHIND] : seen };
}

async function outcome(pieces: readonly string[]): Promise<Outcome> {
  const { port, statuses } = await exchange(service.port, pieces);
  const seen = seenBy.get(port) ?? [];
  seenBy.delete(port);
  return { answer: statuses[0] ?? 'closed', seen };
}

describe.each(hostileRequests)('%s', (_part, rows) => {
  const named = rows.map((row) => [row.name, row] as const);

  test.each(named)('%s: the answer is the table’s, and what is behind it reaches nobody unless it is a request', async (_name, row) => {
    expect(await outcome([row.send + behind(row)])).toEqual(expected(row));
  });

  const short = named.filter(([, { send }]) => send.length < 400);
  if (short.length > 0) {
    test.each(short)('%s, one byte at a time: the same', async (_name, row) => {
      expect(await outcome([...row.send, behind(row)])).toEqual(expected(row));
    });
  }
});
