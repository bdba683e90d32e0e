import { HttpError } from '../http-error.ts';
import { isPromise } from '../thenable.ts';
import type { Authenticator, Principal } from './authenticator.ts';
import { refuse } from '../guard/check.ts';
import { checkRealm, checkValidator } from './check.ts';
import { credentialsOf } from './credentials.ts';
import { asking, quotedRealm } from './validator.ts';

/** Whose token it is: the principal; undefined, null or false for nobody's. */
export type BearerValidator<P> = (token: string, signal: AbortSignal) => Principal<P> | PromiseLike<Principal<P>>;

/** Options of {@link bearer} and {@link basic}. */
export interface RealmOptions {
  /** What the credentials are for, as the challenge says it. @default `patron` */
  readonly realm?: string;
}

// RFC 6750 §2.1
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Authenticates by `Authorization: Bearer …` (RFC 6750). A token that is nobody's gets `error="invalid_token"`, a request
 * without one is not told of an error, as §3.1 wants it.
 *
 * @throws GuardOptionsError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { bearer, get, routes } from '@patron/http';
 *
 * const sessions = new Map([['a-token', { user: 'Ada' }]]);
 * routes([get('/me', ({ principal }) => principal.user, { auth: bearer((token) => sessions.get(token)) })]);
 * ```
 */
export function bearer<P>(validate: BearerValidator<P>, { realm = 'patron' }: RealmOptions = {}): Authenticator<P> {
  refuse('bearer()', [...checkValidator(validate), ...checkRealm(realm)]);
  const ask = asking(validate);
  const challenge = `Bearer ${quotedRealm(realm)}`;
  const invalid = new HttpError(401, undefined, { 'WWW-Authenticate': `${challenge}, error="invalid_token"` });
  const accepted = (principal: Principal<P>): Principal<P> => {
    if (principal === undefined || principal === null || principal === false) throw invalid;
    return principal;
  };
  return {
    challenge,
    securityScheme: { type: 'http', scheme: 'bearer' },
    authenticate(request) {
      const token = credentialsOf(request, 'bearer');
      if (token === undefined) return undefined;
      if (!TOKEN.test(token)) throw invalid;
      const principal = ask(token, request);
      return isPromise(principal) ? principal.then(accepted) : accepted(principal as Principal<P>);
    },
  };
}
