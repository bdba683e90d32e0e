import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, get as askTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ask, serve } from '../../test/server.ts';
import { type GuardOptionsError, get, respond, routes, securityHeaders, type SecurityHeadersOptions } from '../index.ts';

const NAMES = [
  'x-content-type-options',
  'content-security-policy',
  'referrer-policy',
  'cross-origin-resource-policy',
  'cross-origin-opener-policy',
  'strict-transport-security',
];
const list = [
  get('/value', () => 'x'),
  get('/broken', () => {
    throw new Error('inside');
  }),
  get('/page', () => respond(200, 'x', { 'Content-Security-Policy': "default-src 'self'" })),
];

/** Asks over TLS, with a certificate that is made for it. */
async function askOverTls(options?: SecurityHeadersOptions): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'patron-tls-'));
  const file = (name: string): string => join(folder, name);
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-days', '1'].concat([
      '-keyout',
      file('key'),
      '-out',
      file('cert'),
    ]),
    { stdio: 'ignore' },
  );
  const tls = { key: readFileSync(file('key')), cert: readFileSync(file('cert')) };
  rmSync(folder, { recursive: true });
  const server = createServer(tls, routes(list, { middlewares: [securityHeaders(options)] }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      askTls({ port, host: '127.0.0.1', path: '/value', ca: tls.cert, servername: 'localhost', agent: false }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.headers['strict-transport-security']));
      }).on('error', reject);
    });
  } finally {
    server.close();
  }
}

test.each(['/value', '/broken', '/none'])('every answer says what it is not for: %s', async (path) => {
  const port = await serve(list, { middlewares: [securityHeaders()] });
  const { headers } = await ask(port, path);
  expect(NAMES.map((name) => headers[name])).toEqual([
    'nosniff',
    "default-src 'none'; frame-ancestors 'none'",
    'no-referrer',
    'same-origin',
    'same-origin',
    undefined,
  ]);
});

test('each header can be changed or left out, and a handler has the last word', async () => {
  const options = { contentTypeOptions: false, referrerPolicy: 'origin', crossOriginOpenerPolicy: false } as const;
  const port = await serve(list, { middlewares: [securityHeaders(options)] });
  const { headers } = await ask(port, '/page');
  expect(NAMES.map((name) => headers[name])).toEqual([undefined, "default-src 'self'", 'origin', 'same-origin', undefined, undefined]);
});

test('Strict-Transport-Security goes out over TLS, and over nothing else', async () => {
  expect(await askOverTls()).toBe('max-age=31536000');
  expect(await askOverTls({ strictTransportSecurity: { maxAgeSeconds: 60, includeSubDomains: true, preload: true } })).toBe(
    'max-age=60; includeSubDomains; preload',
  );
  expect(await askOverTls({ strictTransportSecurity: false })).toBeUndefined();
});

test('all that is wrong with the options is said at once', () => {
  const make = (): unknown =>
    securityHeaders({
      contentSecurityPolicy: 'a\r\nb',
      referrerPolicy: true,
      frames: 1,
      strictTransportSecurity: { maxAgeSeconds: -1, preload: 'no' },
    } as unknown as SecurityHeadersOptions);
  let problems: readonly string[] = [];
  try {
    make();
  } catch (error) {
    problems = (error as GuardOptionsError).problems;
  }
  expect(problems).toEqual([
    'there is no option "frames"',
    'contentSecurityPolicy is "a\\r\\nb": it takes the value of a header, or false',
    'referrerPolicy is true: it takes the value of a header, or false',
    'strictTransportSecurity: maxAgeSeconds is -1: it takes a whole number, 0 to 315360000',
    'strictTransportSecurity: preload is "no": it takes true or false',
  ]);
});
