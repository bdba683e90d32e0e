import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { exchange } from '../../core/test/raw-client.ts';
import { type RunningService, startService } from '../../core/test/running-service.ts';
import { type HostileToRoutes, hostileToRoutes } from '../test/hostile-routes.ts';
import { apiKey, get, post, routes } from './index.ts';
import { multipart } from './multipart.ts';
import { staticFiles } from './static.ts';

/** What comes after a hostile request on its connection: nothing of that one may be in it, nor keep it from being served. */
const BEHIND = 'GET /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

const guard = apiKey(new Map([['k-1', { name: 'billing' }]]));
const parts = multipart({ maxFields: 10, maxFieldBytes: 1024, maxFiles: 2, maxFileBytes: 10 * 1024 });
const folder = mkdtempSync(join(tmpdir(), 'patron-hostile-'));
const seen: string[] = [];
let service: RunningService;

beforeAll(async () => {
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'files', 'page.html'), '<h1>page</h1>');
  writeFileSync(join(folder, 'files', '.env'), 'secret');
  const files = staticFiles(join(folder, 'files'));
  service = await startService({
    http: routes([
      get('/admin', () => seen.push('GET /admin'), { auth: guard }),
      post('/guarded', async (request) => seen.push(`POST /guarded ${(await request.bytes()).length}`), { auth: guard }),
      get('/public/*path', ({ params }) => seen.push(`GET /public/*path ${params.path}`)),
      post('/orders', ({ body }) => seen.push(`POST /orders ${JSON.stringify(body)}`), { body: z.object({ item: z.string() }) }),
      post('/uploads', async (request) => {
        const names: string[] = [];
        for await (const part of parts(request)) {
          names.push(part.kind === 'file' ? `${part.name}=${part.filename}` : part.name);
          if (part.kind === 'file') for await (const _ of part.stream);
        }
        return seen.push(`POST /uploads ${names.join(' ')}`);
      }),
      get('/files/*path', async (request) => {
        const answer = await files(request);
        seen.push('GET /files/*path');
        return answer;
      }),
      get('/hello', ({ query, correlationId }) => {
        seen.push(`GET /hello ${query['q']}`);
        return { query, correlationId };
      }),
      get('/behind', () => void seen.push('behind')),
    ]),
  });
});

afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

describe.each(hostileToRoutes)('%s', (_part, rows) => {
  const named = rows.map((row) => [row.name, row] as const);

  test.each(named)('%s: the answer is the table’s, and what is behind it is served', async (_name, row) => {
    seen.length = 0;
    const { text, statuses } = await exchange(service.port, [row.send + BEHIND]);
    // Both are begun as soon as they are there; only their answers have an order.
    expect({ answer: statuses[0], seen: seen.toSorted() }).toEqual({ answer: row.answer, seen: expectedToBeSeen(row).toSorted() });
    expect(text).not.toMatch(/secret|node_modules|packages\//);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
    expect(service.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

function expectedToBeSeen({ seen: given, last }: HostileToRoutes): string[] {
  return [...(given === undefined ? [] : [given]), ...(last === true ? [] : ['behind'])];
}
