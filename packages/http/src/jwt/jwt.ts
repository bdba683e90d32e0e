import type { JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { Authenticator } from '../auth/authenticator.ts';
import { bearer } from '../auth/bearer.ts';
import { quotedRealm } from '../auth/validator.ts';
import { HttpError } from '../http-error.ts';
import { joseCode, type Jose, loadJose } from './library.ts';
import { algorithmsOf, checkJwt, type JwtOptions } from './options.ts';
import { KeysUnavailableError, RemoteKeys } from './remote-keys.ts';

/** What a token says, once its signature, issuer, audience and times are checked. */
export interface JwtClaims {
  readonly iss: string;
  readonly aud: string | string[];
  /** When it ends, in seconds since 1970. */
  readonly exp: number;
  /** Of whom it is. */
  readonly sub?: string;
  readonly scope?: string;
  readonly [claim: string]: unknown;
}

/** Much longer than tokens are, shorter than what a header can be: not worth the work of a signature. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * Authenticates by a JSON Web Token in `Authorization: Bearer …` (RFC 7519, RFC 6750, RFC 8725): its signature by a key of the issuer,
 * its issuer, audience and times. Needs `jose` (`npm install jose@6`).
 *
 * | the token | answer |
 * |---|---|
 * | none | 401 with `Bearer realm="…"` |
 * | not signed by the issuer, for somebody else, expired, malformed | 401 with `error="invalid_token"` |
 * | good, without a scope that is needed | 403 with `error="insufficient_scope"` |
 * | any, while no key of the issuer is known and it can't be asked | 503, and a line in the log |
 *
 * @throws JwtError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { get, routes } from '@patron/http';
 * import { jwt } from '@patron/http/jwt';
 *
 * const users = jwt({ issuer: 'https://login.example/', audience: 'shop', scopes: ['orders:read'] });
 *
 * routes([get('/orders', ({ principal }) => `orders of ${principal.sub}`, { auth: users })]);
 * ```
 */
export function jwt(options: JwtOptions): Authenticator<JwtClaims> {
  checkJwt(options);
  const loaded = loadJose().then((jose) => ({ jose, key: keyOf(jose, options) }));
  loaded.catch(() => undefined); // told to each who asks
  const { issuer, audience, scopes = [], requiredClaims = [], type, clockToleranceSeconds = 5, realm = 'patron' } = options;
  const rules: JWTVerifyOptions = {
    issuer,
    audience: typeof audience === 'string' ? audience : [...audience],
    algorithms: algorithmsOf(options),
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp', ...requiredClaims],
    ...(type !== undefined && { typ: type }),
  };
  const challenge = `Bearer ${quotedRealm(realm)}`;
  const refusal = (status: number, more: string): HttpError =>
    new HttpError(status, undefined, { 'WWW-Authenticate': `${challenge}, ${more}` });
  const expired = refusal(401, 'error="invalid_token", error_description="the token has expired"');
  const invalid = refusal(401, 'error="invalid_token", error_description="the token is not valid here"');
  const insufficient = refusal(403, `error="insufficient_scope", scope="${scopes.join(' ')}"`);

  const verify = async (token: string): Promise<JwtClaims> => {
    if (token.length > MAX_TOKEN_LENGTH) throw invalid;
    const { jose, key } = await loaded;
    try {
      const { payload } = await jose.jwtVerify(token, key as JWTVerifyGetKey, rules);
      const has = scopesOf(payload);
      if (!scopes.every((scope) => has.includes(scope))) throw insufficient;
      return payload as unknown as JwtClaims;
    } catch (error) {
      if (error instanceof KeysUnavailableError) throw new HttpError(503, undefined, { 'Retry-After': '1' }, { cause: error });
      const code = joseCode(error);
      if (code === undefined) throw error;
      throw code === 'ERR_JWT_EXPIRED' ? expired : invalid;
    }
  };
  return { ...bearer(verify, { realm }), securityScheme: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } };
}

function keyOf(jose: Jose, options: JwtOptions): Uint8Array | JWTVerifyGetKey {
  const { issuer, jwksUrl, keys, secret, timeoutMs = 5000, maxAgeMs = 600_000, cooldownMs = 30_000 } = options;
  if (secret !== undefined) return secret;
  if (keys !== undefined) return jose.createLocalJWKSet(keys as unknown as Parameters<Jose['createLocalJWKSet']>[0]);
  return new RemoteKeys(jose, { issuer, jwksUrl: jwksUrl === undefined ? undefined : String(jwksUrl), timeoutMs }, { maxAgeMs, cooldownMs })
    .get;
}

/** `scope` is a text with spaces (RFC 8693 §4.2); some issuers have a list, `scp`. */
function scopesOf({ scope, scp }: Readonly<Record<string, unknown>>): readonly unknown[] {
  if (typeof scope === 'string') return scope.split(' ');
  return Array.isArray(scp) ? scp : typeof scp === 'string' ? scp.split(' ') : [];
}
