import { show } from '@patron/core/data';
import { checkRealm } from '../auth/check.ts';
import { checkKnown, checkWhole, type Unchecked } from '../guard/check.ts';
import { JwtError } from './errors.ts';

/** Signatures that are made with a private key and checked with a public one. */
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;
/** Those that are made and checked with one secret. */
const SYMMETRIC = ['HS256', 'HS384', 'HS512'] as const;

/** How a token may be signed (RFC 7518 §3.1, RFC 8037, RFC 9864). */
export type JwtAlgorithm = (typeof ASYMMETRIC)[number] | (typeof SYMMETRIC)[number];

/** Public keys as a document (RFC 7517 §5). */
export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Options of {@link jwt}. */
export interface JwtOptions {
  /** Who has to have made the token: its `iss`, letter by letter. Without `jwksUrl`, `keys` and `secret` it also tells where its keys are. */
  readonly issuer: string;
  /** For whom the token has to be: one of these is in its `aud`. A token for another service is none for this one (RFC 8725 §3.9). */
  readonly audience: string | readonly string[];
  /** Where the issuer's public keys are. @default what `<issuer>/.well-known/openid-configuration` says (OpenID Connect Discovery §4) */
  readonly jwksUrl?: string | URL;
  /** The issuer's public keys, instead of asking for them. @default asked for */
  readonly keys?: JsonWebKeySet;
  /** The secret that issuer and service share, 32 bytes at least, instead of public keys. @default none */
  readonly secret?: Uint8Array;
  /** How tokens may be signed. @default every signature with a public key; with `secret` every one with a secret. Never `none` */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** What a token has to have in `scope` (or `scp`), all of it; else the answer is a 403. @default none */
  readonly scopes?: readonly string[];
  /** Claims that a token has to have, besides `iss`, `aud` and `exp`. @default none */
  readonly requiredClaims?: readonly string[];
  /** The token's `typ`: `at+jwt` for access tokens by RFC 9068. @default any */
  readonly type?: string;
  /** By how much clocks may differ, in seconds. @default 5 */
  readonly clockToleranceSeconds?: number;
  /** How long the issuer may take to answer with its keys, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** After so long keys are asked for again, in milliseconds; requests don't wait for that. @default 600,000 */
  readonly maxAgeMs?: number;
  /** Between two questions for keys, in milliseconds, however many tokens of unknown keys come. @default 30,000 */
  readonly cooldownMs?: number;
  /** What the token is for, as the challenge says it. @default 'patron' */
  readonly realm?: string;
}

const KNOWN = [
  ...['issuer', 'audience', 'jwksUrl', 'keys', 'secret', 'algorithms', 'scopes', 'requiredClaims', 'type'],
  ...['clockToleranceSeconds', 'timeoutMs', 'maxAgeMs', 'cooldownMs', 'realm'],
];
const HOUR_MS = 3_600_000;
// RFC 7518 §3.2: a key as long as the hash at least.
const MIN_SECRET_BYTES = 32;
// RFC 6749 §3.3
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** @throws JwtError with everything that is wrong. */
export function checkJwt(options: unknown): asserts options is JwtOptions {
  const problems = checkKnown(options, KNOWN);
  if (typeof options === 'object' && options !== null) problems.push(...problemsOf(options as Unchecked));
  if (problems.length > 0) throw new JwtError('PATRON_HTTP_JWT_INVALID', problems);
}

/** The algorithms that are let in. */
export function algorithmsOf({ algorithms, secret }: JwtOptions): string[] {
  return [...(algorithms ?? (secret === undefined ? ASYMMETRIC : SYMMETRIC))];
}

function problemsOf(given: Unchecked): string[] {
  const { issuer, audience, jwksUrl, keys, secret, type, realm = '' } = given;
  const sources = ['jwksUrl', 'keys', 'secret'].filter((name) => given[name] !== undefined);
  const problems: string[] = [];
  if (!isText(issuer)) problems.push(`issuer is ${show(issuer)}: it takes the issuer's name, as tokens have it`);
  else if (sources.length === 0 && !isHttp(issuer))
    problems.push(`issuer is ${show(issuer)}, which is no URL to ask for keys: give jwksUrl, keys or secret`);
  const isList = Array.isArray(audience) && audience.length > 0 && audience.every(isText);
  if (!isText(audience) && !isList) problems.push(`audience is ${show(audience)}: it takes a name, or a list of names`);
  if (sources.length > 1) problems.push(`${sources.join(' and ')} exclude one another`);
  const url = jwksUrl instanceof URL ? jwksUrl.href : jwksUrl;
  if (url !== undefined && !isHttp(url)) problems.push(`jwksUrl is ${show(url)}: it takes an http or https URL`);
  if (keys !== undefined && !isKeySet(keys)) problems.push('keys is no key set: it takes { keys: [...] } (RFC 7517)');
  if (secret !== undefined && !(secret instanceof Uint8Array && secret.length >= MIN_SECRET_BYTES))
    problems.push(`secret is no Uint8Array of ${MIN_SECRET_BYTES} bytes at least`);
  problems.push(...checkAlgorithms(given), ...checkTexts(given, 'scopes', SCOPE), ...checkTexts(given, 'requiredClaims', /./));
  if (type !== undefined && !isText(type)) problems.push(`type is ${show(type)}: it takes a text`);
  problems.push(...checkWhole(given, 'clockToleranceSeconds', 0, 300), ...checkWhole(given, 'timeoutMs', 1, 60_000));
  problems.push(...checkWhole(given, 'maxAgeMs', 1, 24 * HOUR_MS), ...checkWhole(given, 'cooldownMs', 0, HOUR_MS), ...checkRealm(realm));
  return problems;
}

/** With a public key as the secret of an HMAC anybody makes tokens: the two kinds don't mix (RFC 8725 §2.1). */
function checkAlgorithms({ algorithms, secret }: Unchecked): string[] {
  if (algorithms === undefined) return [];
  const [allowed, what]: [readonly string[], string] = secret === undefined ? [ASYMMETRIC, 'public keys'] : [SYMMETRIC, 'a secret'];
  if (!Array.isArray(algorithms) || algorithms.length === 0) return [`algorithms is ${show(algorithms)}: it takes a list`];
  return algorithms.flatMap((name: unknown) =>
    allowed.includes(name as string) ? [] : [`algorithms has ${show(name)}: with ${what} it takes ${allowed.join(', ')}`],
  );
}

function checkTexts(given: Unchecked, name: string, form: RegExp): string[] {
  const value = given[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [`${name} is ${show(value)}: it takes a list`];
  return value.flatMap((item: unknown) =>
    typeof item === 'string' && form.test(item) ? [] : [`${name} has ${show(item)}, which none can be`],
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isKeySet(value: unknown): boolean {
  const { keys } = (value ?? {}) as { keys?: unknown };
  return Array.isArray(keys) && keys.every((key: unknown) => isText((key as { kty?: unknown } | null)?.kty));
}

function isHttp(url: unknown): boolean {
  return typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
