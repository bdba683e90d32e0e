import { hash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '../request.ts';
import type { Authenticator, Principal } from './authenticator.ts';
import { refuse } from '../guard/check.ts';
import { checkValidator } from './check.ts';
import { credentialsOf } from './credentials.ts';
import { asking } from './validator.ts';

// The scheme `Apikey` is none that is registered, so OpenAPI has no `http` scheme for it.
const securityScheme = { type: 'apiKey', in: 'header', name: 'Authorization', description: '`Apikey ` and the key.' };

/** Who has a key: the principal; undefined, null or false for nobody. */
export type ApiKeyValidator<P> = (key: string, signal: AbortSignal) => Principal<P> | PromiseLike<Principal<P>>;

/**
 * Authenticates by `Authorization: Apikey …`, as Go patron does. The case of scheme and header does not count; two such headers
 * are none.
 *
 * @param keys - Principals by key, compared in constant time (all keys, by their SHA-256); or a function that knows them.
 * @throws GuardOptionsError with everything that is wrong: keys that no header can carry, principals that refuse.
 *
 * @example
 * ```ts
 * import { apiKey, get, routes } from '@patron/http';
 *
 * const partners = apiKey(new Map([[process.env['BILLING_KEY'] ?? 'for-development', { name: 'billing' }]]));
 * routes([get('/invoices', ({ principal }) => `for ${principal.name}`, { auth: partners })]);
 * ```
 */
export function apiKey<P>(keys: ReadonlyMap<string, P> | ApiKeyValidator<P>): Authenticator<P> {
  const isMap = keys instanceof Map;
  refuse('apiKey()', isMap ? checkKeys(keys) : checkValidator(keys, 'a Map of principals by key, or a function'));
  if (isMap) return { challenge: 'Apikey', securityScheme, authenticate: known(keys as ReadonlyMap<string, P>) };
  const ask = asking(keys as ApiKeyValidator<P>);
  return {
    challenge: 'Apikey',
    securityScheme,
    authenticate(request) {
      const key = credentialsOf(request, 'apikey');
      return key === undefined ? undefined : ask(key, request);
    },
  };
}

// A key in an error is a key in a log: it is named by its place.
function checkKeys(keys: ReadonlyMap<unknown, unknown>): string[] {
  return [...keys].flatMap(([key, principal], index) => [
    ...(typeof key === 'string' && /^[\x21-\x7e]+$/.test(key) ? [] : [`key ${index} is no text of visible ASCII: no header carries it`]),
    ...(principal === undefined || principal === null || principal === false
      ? [`the principal of key ${index} is ${String(principal)}, which refuses: leave the key out`]
      : []),
  ]);
}

function known<P>(keys: ReadonlyMap<string, P>): (request: HttpRequest) => P | undefined {
  const principals = [...keys].map(([key, principal]) => ({ digest: digest(key), principal }));
  return (request) => {
    const key = credentialsOf(request, 'apikey');
    if (key === undefined) return undefined;
    const asked = digest(key);
    let found: P | undefined;
    // All of them, always: how long it takes tells nothing of which one it was, or how much of it.
    for (const { digest: expected, principal } of principals) if (timingSafeEqual(asked, expected)) found = principal;
    return found;
  };
}

const digest = (key: string): Buffer => hash('sha256', key, 'buffer');
