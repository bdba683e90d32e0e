import type { HttpRequest } from '../request.ts';

/** Says whose credentials they are; of one parameter where it needs no signal. */
type Validator<C, R> = (credentials: C, signal: AbortSignal) => R;

/** Gives a validator the signal of a request only where it has a parameter for it, and there is something to validate: it costs an AbortController. */
export function asking<C, R>(validate: Validator<C, R>): (credentials: C, request: HttpRequest) => R {
  if (validate.length === 1) return validate as unknown as (credentials: C) => R;
  return (credentials, request) => validate(credentials, request.signal);
}

/** A realm as a quoted string (RFC 9110 §5.6.4). */
export function quotedRealm(realm: string): string {
  return `realm="${realm.replace(/["\\]/g, '\\$&')}"`;
}
