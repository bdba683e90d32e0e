import { show } from '@patron/core/data';
import { checkHeader } from '../headers.ts';
import type { Authenticator } from './authenticator.ts';

/** What is wrong with an option `auth`, of a route or of all of them. */
export function checkAuth(auth: unknown, takes: 'none' | undefined): string[] {
  if (auth === undefined || (takes !== undefined && auth === takes)) return [];
  const { authenticate, challenge, securityScheme } = (auth ?? {}) as { [Name in keyof Authenticator]?: unknown };
  if (typeof authenticate !== 'function') {
    return [`auth is ${show(auth)}; it has to be an Authenticator, as apiKey() makes one${takes === undefined ? '' : ', or "none"'}`];
  }
  if (securityScheme !== undefined && typeof (securityScheme as { type?: unknown } | null)?.type !== 'string')
    return [`the securityScheme of auth is ${show(securityScheme)}; it has to be a Security Scheme Object, with a type`];
  if (challenge === undefined) return [];
  if (typeof challenge !== 'string' || challenge === '') return [`the challenge of auth is ${show(challenge)}; it has to be a text`];
  try {
    checkHeader('www-authenticate', challenge);
    return [];
  } catch (error) {
    return [`the challenge of auth can't be sent: ${(error as Error).message}`];
  }
}

/** What is wrong with a function that says who has some credentials. */
export function checkValidator(validate: unknown, takes = 'a function'): string[] {
  return typeof validate === 'function' ? [] : [`the validator is ${show(validate)}: it takes ${takes}`];
}

/** What is wrong with what credentials are for. */
export function checkRealm(realm: unknown): string[] {
  return typeof realm === 'string' && /^[\x20-\x7e]*$/.test(realm) ? [] : [`realm is ${show(realm)}: it takes visible ASCII`];
}
