import type { Authenticator, Principal } from './authenticator.ts';
import type { RealmOptions } from './bearer.ts';
import { refuse } from '../guard/check.ts';
import { checkRealm, checkValidator } from './check.ts';
import { credentialsOf } from './credentials.ts';
import { asking, quotedRealm } from './validator.ts';

/** A name and a password. */
export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/** Whose name and password they are: the principal; undefined, null or false for nobody's. */
export type BasicValidator<P> = (credentials: BasicCredentials, signal: AbortSignal) => Principal<P> | PromiseLike<Principal<P>>;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Authenticates by `Authorization: Basic …` (RFC 7617), name and password in UTF-8. Compare passwords in constant time, by a
 * slow hash.
 *
 * @throws GuardOptionsError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { basic, get, routes } from '@patron/http';
 *
 * const check = async (user: string, password: string): Promise<boolean> => user === 'ada' && password.length > 8; // yours
 * const staff = basic(async ({ user, password }) => (await check(user, password)) && { user });
 * routes([get('/reports', ({ principal }) => `for ${principal.user}`, { auth: staff })]);
 * ```
 */
export function basic<P>(validate: BasicValidator<P>, { realm = 'patron' }: RealmOptions = {}): Authenticator<P> {
  refuse('basic()', [...checkValidator(validate), ...checkRealm(realm)]);
  const ask = asking(validate);
  return {
    challenge: `Basic ${quotedRealm(realm)}, charset="UTF-8"`,
    securityScheme: { type: 'http', scheme: 'basic' },
    authenticate(request) {
      const encoded = credentialsOf(request, 'basic');
      const credentials = encoded === undefined ? undefined : decode(encoded);
      return credentials === undefined ? undefined : ask(credentials, request);
    },
  };
}

function decode(encoded: string): BasicCredentials | undefined {
  if (!BASE64.test(encoded)) return undefined;
  let text: string;
  try {
    text = utf8.decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined; // no UTF-8: nobody's
  }
  const colon = text.indexOf(':');
  if (colon === -1 || CONTROL.test(text)) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
