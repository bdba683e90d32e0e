import { HttpError } from '../http-error.ts';
import type { HttpHandler, Middleware } from '../middleware.ts';
import { HttpRequest } from '../request.ts';
import { isPromise } from '../thenable.ts';

/**
 * Says who asks. A route has one as its option `auth`, or all routes have one.
 *
 * @typeParam P - Who asks, as the handler gets it in `request.principal`.
 *
 * @example
 * ```ts
 * import { type Authenticator, forbidden, get, routes } from '@patron/http';
 *
 * const byCertificate: Authenticator<{ client: string }> = {
 *   authenticate({ peer }) {
 *     if (peer === undefined) return undefined; // 401
 *     const client = peer.subject.CN;
 *     if (client !== 'billing') throw forbidden();
 *     return { client };
 *   },
 * };
 * routes([get('/invoices', ({ principal }) => `for ${principal.client}`, { auth: byCertificate })]);
 * ```
 */
export interface Authenticator<P = unknown> {
  /** What the 401 says in `WWW-Authenticate`: `Bearer realm="shop"` (RFC 9110 §11.6.1). @default none */
  readonly challenge?: string;
  /**
   * How clients show who they are, for `openapi()`: a Security Scheme Object of OpenAPI, `{ type: 'mutualTLS' }`. Those of patron have
   * theirs. @default not described
   */
  readonly securityScheme?: Readonly<Record<string, unknown>>;
  /**
   * The principal; undefined, null or false where the request has none, which is a 401. What it throws is the answer, as what a
   * handler throws: a 403 for somebody who may not, a 503 where who is asked can't be reached.
   *
   * @param request - Without its body: that is read behind the guard only.
   * @param signal - Aborts when the client goes. A function of one parameter is not given any, which is cheaper.
   */
  authenticate(request: HttpRequest, signal: AbortSignal): Principal<P> | PromiseLike<Principal<P>>;
}

/** What an {@link Authenticator} answers. */
export type Principal<P> = P | undefined | null | false;

/** Lets through who is somebody. One error for all who are not: whoever tries keys makes thousands of them a second. */
export function guard(authenticator: Authenticator): Middleware {
  const { challenge } = authenticator;
  const refusal = new HttpError(401, undefined, challenge === undefined ? {} : { 'WWW-Authenticate': challenge });
  const asks = (authenticator.authenticate as (...args: unknown[]) => unknown).length !== 1;
  return (next: HttpHandler): HttpHandler => {
    const admit = (request: HttpRequest, principal: unknown): unknown => {
      // A check that answers no must not be taken for the name of somebody.
      if (principal === undefined || principal === null || principal === false) throw refusal;
      HttpRequest.identify(request, principal);
      return next(request);
    };
    return (request) => {
      const found = authenticator.authenticate(request, asks ? request.signal : (undefined as unknown as AbortSignal));
      return isPromise(found) ? found.then((principal) => admit(request, principal)) : admit(request, found);
    };
  };
}
