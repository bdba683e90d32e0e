import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, type test } from '@jest/globals';
import { API_KEY, NUMBERS, photo, secureService, sha256 } from './secure-service.ts';
import { testWith } from './where-it-is.ts';

const secure = secureService();
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const uploaded = [{ name: 'photo.jpg', bytes: photo.length, sha256 }];

/** What a client of another language saw: a program that is given where the service is, and writes JSON. */
async function seenBy(program: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const where = [secure.base, join(secure.folder, 'tls.crt'), API_KEY, join(secure.folder, 'photo.jpg')];
  const { stdout } = await promisify(execFile)(program, [...args, ...where]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const python = process.env['REQUESTS_PYTHON'] ?? 'python3';
const testWithRequests: typeof test = testWith(
  python,
  ['-c', 'import requests'],
  `${python} has no requests (pip install requests, or REQUESTS_PYTHON), so Python talks to no server`,
);
const testWithGo: typeof test = testWith('go', ['version'], 'go is not here, so its net/http talks to no server');

testWithRequests(
  'Python’s requests: JSON, upload, stream, events, site',
  async () => {
    expect(await seenBy(python, [here('client.py')])).toEqual({
      order: { id: expect.any(String), item: 'tea', amount: 2 },
      refused: 401,
      wrong: 400,
      upload: uploaded,
      stream: { coding: 'gzip', bytes: NUMBERS.bytes, pieces: expect.any(Number) },
      events: ['id: 1', 'id: 2'],
      site: true,
      type: expect.stringMatching(/javascript/),
      outside: 404,
    });
  },
  60_000,
);

testWithGo(
  'Go’s net/http: JSON, upload in chunks, stream, events, site',
  async () => {
    expect(await seenBy('go', ['run', '-C', here('go'), '.'])).toEqual({
      protocol: 'HTTP/1.1',
      order: { id: expect.any(String), item: 'tea', amount: 2 },
      refused: 401,
      wrong: 400,
      upload: uploaded,
      stream: { unpacked: true, bytes: NUMBERS.bytes },
      events: ['1', '2'],
      site: true,
      type: expect.stringMatching(/javascript/),
      outside: 404,
    });
  },
  120_000,
); // its first run compiles
