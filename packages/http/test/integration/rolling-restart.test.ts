import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { cert, key } from '../../../core/test/support/certificate.ts';
import { expectNothingLost, roll } from '../../../core/test/support/rolling.ts';
import { endAll } from '../../../core/test/support/service-process.ts';

// Promise 14 again, with TLS and with streams open.
const RESTARTS = 20;
const STREAMS = 5;
const folder = mkdtempSync(join(tmpdir(), 'patron-rolling-'));
writeFileSync(join(folder, 'tls.crt'), cert);
writeFileSync(join(folder, 'tls.key'), key);

afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

/** How an answer that takes long went: its text, and whether it ended as it should. */
interface Streamed {
  path: string;
  text: string;
  isWhole: boolean;
  error?: string;
}

/** Resolves with the first piece of an answer, and with a promise of how it went. */
function stream(port: number, path: string): Promise<{ done: Promise<Streamed> }> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, ca: cert, agent: false }, (response: IncomingMessage) => {
      let text = '';
      const done = new Promise<Streamed>((end) => {
        response.on('error', ({ message }) => end({ path, text, isWhole: false, error: message }));
        response.on('end', () => end({ path, text, isWhole: response.complete }));
      });
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        resolve({ done });
      });
    }).on('error', reject);
  });
}

test(`${RESTARTS} restarts over TLS under load, with streams and events open: nothing is reset, streams come whole, events end in order`, async () => {
  const open: Promise<Streamed>[] = [];
  const rolled = await roll({
    restarts: RESTARTS,
    delay: '500ms',
    slow: 5,
    ca: cert,
    service: new URL('../services/streaming.mjs', import.meta.url),
    env: { TLS_CERT_FILE: join(folder, 'tls.crt'), TLS_KEY_FILE: join(folder, 'tls.key') },
    beforeStop: async (port) => {
      const paths = ['/stream', '/events'].flatMap((path) => Array.from({ length: STREAMS }, () => path));
      for (const { done } of await Promise.all(paths.map((path) => stream(port, path)))) open.push(done);
    },
  });
  expectNothingLost(rolled, RESTARTS);
  expect(rolled.rate).toBeGreaterThan(900);
  expect(rolled.load.tally.slow).toBe(5 * RESTARTS);
  const streamed = await Promise.all(open);
  expect(streamed).toHaveLength(2 * STREAMS * RESTARTS);
  expect(streamed.filter(({ isWhole }) => !isWhole)).toEqual([]);
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i + 1}\n`).join('');
  for (const { path, text } of streamed) {
    if (path === '/stream') expect(text).toBe(lines);
    else expect(text).toMatch(/^(?:.*\n)*data: \d+\n\n$/);
  }
}, 150_000);
