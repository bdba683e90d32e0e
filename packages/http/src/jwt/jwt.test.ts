import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { CompactEncrypt, type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { RawClient } from '../../test/raw-client.ts';
import { type Answer, ask, logged, serve } from '../../test/server.ts';
import { get } from '../index.ts';
import { JwtError, jwt, type JwtOptions } from '../jwt.ts';

interface Key {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

let first: Key;
let second: Key;
beforeAll(async () => {
  const make = async (kid: string, alg: string): Promise<Key> => ({ kid, alg, ...(await generateKeyPair(alg, { extractable: true })) });
  [first, second] = await Promise.all([make('one', 'ES256'), make('two', 'RS256')]);
});

/** An issuer of tokens: its keys, its document, and how it answers. */
class Issuer {
  readonly server: Server;
  readonly asked: string[] = [];
  keys: readonly Key[] = [first];
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;

  private constructor() {
    this.server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    await new Promise<void>((resolve) => issuer.server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked.push(request.url ?? '');
    if (this.answer?.(request, response) === true) return;
    const keys = await Promise.all(
      this.keys.map(async ({ publicKey, kid, alg }) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })),
    );
    const isDocument = request.url === '/.well-known/openid-configuration';
    response.end(JSON.stringify(isDocument ? { issuer: this.url, jwks_uri: `${this.url}keys` } : { keys }));
  }

  token(claims: Record<string, unknown> = {}, key = first, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: this.url, aud: 'shop', sub: 'ada', exp: now + 60, ...claims };
    return new SignJWT(all).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let issuers: Issuer[] = [];
afterEach(async () => {
  for (const issuer of issuers.splice(0)) await issuer.stop();
});

async function start(options: Partial<JwtOptions> = {}): Promise<{ issuer: Issuer; port: number }> {
  const issuer = await Issuer.start();
  issuers = [...issuers, issuer];
  const auth = jwt({ issuer: issuer.url, audience: 'shop', jwksUrl: `${issuer.url}keys`, ...options });
  return { issuer, port: await serve([get('/me', ({ principal }) => ({ sub: principal.sub, role: principal['role'] }), { auth })]) };
}

const me = (port: number, token: string): Promise<Answer> => ask(port, '/me', { headers: { Authorization: `Bearer ${token}` } });
const status = async (port: number, token: string): Promise<number> => (await me(port, token)).status;
const now = (): number => Math.floor(Date.now() / 1000);

test('a token of the issuer for this service says who asks', async () => {
  const { issuer, port } = await start();
  expect(await me(port, await issuer.token({ role: 'admin' }))).toMatchObject({ status: 200, json: { sub: 'ada', role: 'admin' } });
  expect(await status(port, await issuer.token({ aud: ['other', 'shop'] }))).toBe(200);
  expect(issuer.asked).toEqual(['/keys']);
  expect(logged.lines).toEqual([]);
});

test('without a word of where the keys are, the issuer is asked for that', async () => {
  const { issuer, port } = await start({ jwksUrl: undefined } as never);
  expect(await status(port, await issuer.token())).toBe(200);
  expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
});

test('without a token there is a challenge and no error in it', async () => {
  const { port } = await start({ realm: 'the "shop"' });
  expect(await ask(port, '/me')).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="the \\"shop\\""' } });
});

test('one that has expired is told so, within what clocks may differ it is good', async () => {
  const { issuer, port } = await start({ clockToleranceSeconds: 30 });
  expect(await status(port, await issuer.token({ exp: now() - 20 }))).toBe(200);
  expect((await me(port, await issuer.token({ exp: now() - 40 }))).headers['www-authenticate']).toBe(
    'Bearer realm="patron", error="invalid_token", error_description="the token has expired"',
  );
});

const hostile: [string, (issuer: Issuer) => Promise<string> | string][] = [
  ['of another issuer', (issuer) => issuer.token({ iss: 'https://evil.example/' })],
  ['of an issuer that is called almost alike', (issuer) => issuer.token({ iss: issuer.url.slice(0, -1) })],
  ['without an issuer', (issuer) => issuer.token({ iss: undefined })],
  ['for another service', (issuer) => issuer.token({ aud: 'billing' })],
  ['for nobody', (issuer) => issuer.token({ aud: undefined })],
  ['that never ends', (issuer) => issuer.token({ exp: undefined })],
  ['whose end is no number', (issuer) => issuer.token({ exp: 'never' })],
  ['that is not good yet', (issuer) => issuer.token({ nbf: now() + 60 })],
  ['signed with another key of the same name', (issuer) => issuer.token({}, { ...second, kid: 'one' })],
  ['of a key that is unknown', (issuer) => issuer.token({}, second)],
  ['with a key of its own', async (issuer) => issuer.token({}, second, { kid: 'one', jwk: await exportJWK(second.publicKey) })],
  ['whose name of a key is 4,000 characters', (issuer) => issuer.token({}, first, { kid: 'k'.repeat(4000) })],
  ['with an extension that nobody knows', (issuer) => tampered(issuer, (header) => ({ ...header, crit: ['x'], x: 1 }))],
  ['that says it is not signed', (issuer) => tampered(issuer, (header) => ({ ...header, alg: 'none' }))],
  ['whose claims were changed', (issuer) => tampered(issuer, undefined, (claims) => ({ ...claims, sub: 'root' }))],
  ['whose signature is cut', async (issuer) => (await issuer.token()).slice(0, -4)],
  ['without a signature', async (issuer) => (await issuer.token()).replace(/[^.]+$/, '')],
  ['of two parts', async (issuer) => (await issuer.token()).split('.').slice(0, 2).join('.')],
  ['that is no JSON', () => `${Buffer.from('{').toString('base64url')}.e30.e30`],
  ['that is JSON of something else', () => `${Buffer.from('[]').toString('base64url')}.W10.AAAA`],
  ['signed with the public key as a secret', hmacOfThePublicKey],
  ['that is encrypted', encrypted],
  ['of 10,000 characters', () => 'a'.repeat(10_000)],
];

test.each(hostile)('a token %s is a 401 that tells nothing else', async (_what, make) => {
  const { issuer, port } = await start();
  expect(await status(port, await issuer.token())).toBe(200);
  const answer = await me(port, await make(issuer));
  expect(answer).toMatchObject({
    status: 401,
    json: { error: 'Unauthorized' },
    headers: { 'www-authenticate': 'Bearer realm="patron", error="invalid_token", error_description="the token is not valid here"' },
  });
  expect(logged.lines).toEqual([]);
});

async function tampered(
  issuer: Issuer,
  header: (of: object) => object = (of) => of,
  claims: (of: object) => object = (of) => of,
): Promise<string> {
  const [head = '', body = '', signature = ''] = (await issuer.token()).split('.');
  const change = (part: string, by: (of: object) => object): string =>
    Buffer.from(JSON.stringify(by(JSON.parse(Buffer.from(part, 'base64url').toString()) as object))).toString('base64url');
  return [change(head, header), change(body, claims), signature].join('.');
}

async function hmacOfThePublicKey(issuer: Issuer): Promise<string> {
  const secret = Buffer.from(await exportSPKI(first.publicKey));
  return new SignJWT({ iss: issuer.url, aud: 'shop', exp: now() + 60 }).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
}

async function encrypted(issuer: Issuer): Promise<string> {
  const claims = Buffer.from(JSON.stringify({ iss: issuer.url, aud: 'shop', exp: now() + 60 }));
  return new CompactEncrypt(claims).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(Buffer.alloc(32));
}

test('of two headers none counts', async () => {
  const { issuer, port } = await start();
  const line = `Authorization: Bearer ${await issuer.token()}\r\n`;
  const client = await RawClient.to(port);
  await client.send(`GET /me HTTP/1.1\r\nHost: a\r\n${line}${line}Connection: close\r\n\r\n`);
  await client.closed;
  expect(client.statuses).toEqual([401]);
});

test('scopes that are missing are a 403 that names them', async () => {
  const { issuer, port } = await start({ scopes: ['read', 'write'] });
  for (const claims of [{}, { scope: 'read' }, { scope: 'readwrite' }, { scp: ['read'] }, { scope: ['read', 'write'] }]) {
    const answer = await me(port, await issuer.token(claims));
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      403,
      'Bearer realm="patron", error="insufficient_scope", scope="read write"',
    ]);
  }
  for (const claims of [{ scope: 'write more read' }, { scp: ['write', 'read'] }])
    expect(await status(port, await issuer.token(claims))).toBe(200);
});

test('claims and a type that are required', async () => {
  const { issuer, port } = await start({ requiredClaims: ['tenant'], type: 'at+jwt' });
  expect(await status(port, await issuer.token({ tenant: 'a' }, first, { typ: 'at+jwt' }))).toBe(200);
  expect(await status(port, await issuer.token({}, first, { typ: 'at+jwt' }))).toBe(401);
  expect(await status(port, await issuer.token({ tenant: 'a' }))).toBe(401);
});

test('a secret, and keys that are given', async () => {
  const secret = Buffer.alloc(32, 7);
  const shared = await serve([get('/me', () => 'in', { auth: jwt({ issuer: 'us', audience: 'shop', secret }) })]);
  const claims = { iss: 'us', aud: 'shop', exp: now() + 60 };
  const sign = (key: Uint8Array): Promise<string> => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key);
  expect([await status(shared, await sign(secret)), await status(shared, await sign(Buffer.alloc(32, 8)))]).toEqual([200, 401]);
  const keys = { keys: [{ ...(await exportJWK(first.publicKey)), kid: 'one', alg: 'ES256' }] };
  const given = await serve([get('/me', () => 'in', { auth: jwt({ issuer: 'us', audience: 'shop', keys }) })]);
  const signed = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(first.privateKey);
  expect(await status(given, await signed)).toBe(200);
});

test('keys rotate: a token of a new one has them asked for, strangers not more often than the cooldown lets them', async () => {
  const { issuer, port } = await start({ cooldownMs: 0 });
  expect(await status(port, await issuer.token())).toBe(200);
  issuer.keys = [second];
  expect(await status(port, await issuer.token({}, second))).toBe(200);
  expect(await status(port, await issuer.token())).toBe(401);
  expect(issuer.asked).toHaveLength(3);
  const calm = await start({ cooldownMs: 3_600_000 });
  await Promise.all(Array.from({ length: 50 }, async () => expect(await status(calm.port, await calm.issuer.token())).toBe(200)));
  for (let i = 0; i < 20; i++) expect(await status(calm.port, await calm.issuer.token({}, second, { kid: `k${i}` }))).toBe(401);
  expect(calm.issuer.asked).toHaveLength(1);
});

test('an issuer that goes away costs nobody who has a token; keys that are old are asked for behind the request', async () => {
  const { issuer, port } = await start({ maxAgeMs: 1, cooldownMs: 0, timeoutMs: 1000 });
  expect(await status(port, await issuer.token())).toBe(200);
  const token = await issuer.token();
  issuer.answer = () => true; // takes the question, and never answers
  const startedAt = performance.now();
  for (let i = 0; i < 5; i++) expect(await status(port, token)).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(900);
  await issuer.stop();
  issuers = [];
  expect(await status(port, token)).toBe(200);
});

const down: [string, Issuer['answer']][] = [
  ['does not answer', () => true],
  ['hangs up', (_, response) => (response.destroy(), true)],
  ['has an error', (_, response) => (response.writeHead(500).end('{"keys":[]}'), true)],
  ['answers with no JSON', (_, response) => (response.end('<html>'), true)],
  ['answers with something else', (_, response) => (response.end('{"keys":{}}'), true)],
  ['answers with keys that are none', (_, response) => (response.end('{"keys":[1]}'), true)],
  ['sends us elsewhere', (_, response) => (response.writeHead(302, { Location: '/other' }).end(), true)],
  ['answers without an end', (_, response) => (response.write('x'.repeat(1024 * 1024)), true)],
];

test.each(down)('while an issuer %s, and no key is known, a token is a 503 that is logged, and then it is good', async (_what, answer) => {
  const { issuer, port } = await start({ timeoutMs: 200 });
  issuer.answer = answer;
  const token = await issuer.token();
  expect(await me(port, token)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(logged.find({ message: 'the keys of an issuer could not be had: its tokens get a 503' })).toMatchObject({ level: 'error' });
  expect((await ask(port, '/me')).status).toBe(401);
  issuer.answer = undefined;
  let last = 503;
  for (const end = performance.now() + 5000; last === 503 && performance.now() < end; ) last = await status(port, token);
  expect(last).toBe(200);
});

test('a document about another issuer is no word about this one', async () => {
  const { issuer, port } = await start({ jwksUrl: undefined } as never);
  issuer.answer = ({ url }, response) => {
    if (url !== '/.well-known/openid-configuration') return false;
    response.end(JSON.stringify({ issuer: 'https://evil.example/', jwks_uri: `${issuer.url}keys` }));
    return true;
  };
  expect(await status(port, await issuer.token())).toBe(503);
  expect(issuer.asked).toEqual(['/.well-known/openid-configuration']);
});

test('all that is wrong with the options is said at once, and no secret with it', () => {
  const problems = (options: unknown): unknown => {
    try {
      jwt(options as JwtOptions);
    } catch (error) {
      expect(error).toBeInstanceOf(JwtError);
      return (error as JwtError).problems;
    }
    throw new Error('nothing was refused');
  };
  expect(
    problems({
      issuer: '',
      audience: [],
      jwksUrl: 'ftp://a',
      secret: Buffer.from('hunter2'),
      algorithms: ['RS256', 'none'],
      scopes: ['a b'],
      type: 1,
      timeoutMs: 0,
      leeway: 3,
    }),
  ).toEqual([
    'there is no option "leeway"',
    'issuer is "": it takes the issuer\'s name, as tokens have it',
    expect.stringMatching(/^audience is .*: it takes a name, or a list of names$/),
    'jwksUrl and secret exclude one another',
    'jwksUrl is "ftp://a": it takes an http or https URL',
    'secret is no Uint8Array of 32 bytes at least',
    'algorithms has "RS256": with a secret it takes HS256, HS384, HS512',
    'algorithms has "none": with a secret it takes HS256, HS384, HS512',
    'scopes has "a b", which none can be',
    'type is 1: it takes a text',
    expect.stringMatching(/^timeoutMs is 0: it takes a whole number/),
  ]);
  expect(problems({ issuer: 'us', audience: 'shop' })).toEqual([
    'issuer is "us", which is no URL to ask for keys: give jwksUrl, keys or secret',
  ]);
  expect(problems({ issuer: 'https://a/', audience: 'shop', algorithms: ['HS256'] })).toEqual([
    expect.stringMatching(/^algorithms has "HS256": with public keys it takes RS256,/),
  ]);
  for (const keys of [[], { keys: 1 }, { keys: [{}] }, null])
    expect(problems({ issuer: 'us', audience: 'shop', keys })).toEqual(['keys is no key set: it takes { keys: [...] } (RFC 7517)']);
  expect(problems(undefined)).toHaveLength(1);
});

test('without jose the error says how to install it', async () => {
  const alone = mkdtempSync(join(tmpdir(), 'patron-jwt-'));
  cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), join(alone, 'dist'), { recursive: true });
  writeFileSync(join(alone, 'package.json'), '{"type":"module"}');
  const { loadJose } = (await import(join(alone, 'dist/jwt/library.js'))) as typeof import('./library.ts');
  expect(loadJose).toThrow(
    expect.objectContaining({ code: 'PATRON_HTTP_JWT_MISSING', message: expect.stringMatching(/npm install jose@6$/) }),
  );
  rmSync(alone, { recursive: true });
});
