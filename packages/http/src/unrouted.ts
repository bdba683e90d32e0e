import { type BodyContract, type RenderedError, renderError } from './contract/body-contract.ts';
import type { HttpHandler } from './middleware.ts';
import { HttpResponse, isHttpResponse, respond } from './response.ts';
import type { Router } from './router.ts';
import { queryOf } from './target.ts';
import { isPromise } from './thenable.ts';

const BAD_REQUEST = respond(400, { error: 'Bad Request' });
const NOT_FOUND = respond(404, { error: 'Not Found' });

/** Answers a request whose target is no path. */
export const malformedTarget: HttpHandler = () => BAD_REQUEST;

/**
 * Answers a request that no route has: OPTIONS with the methods that its path has (RFC 9110 §9.3.7), 405 with them for another
 * method (§15.5.6), 308 where only the slash at the end is too much or missing and the policy says so, else 404. Returned and
 * not thrown, as whoever scans for holes makes thousands of them a second.
 */
export function unrouted(router: Router): HttpHandler {
  return ({ method, path, url }) => {
    const allowed = method === 'OPTIONS' && path === '*' ? router.allMethods() : router.methodsOf(path);
    if (allowed.length === 0) return redirect(router.redirectOf(path), queryOf(url)) ?? NOT_FOUND;
    const headers = { Allow: allowed.join(', ') };
    return method === 'OPTIONS' ? respond(204, undefined, headers) : respond(405, { error: 'Method Not Allowed' }, headers);
  };
}

// A browser takes `//x`, and `/\x` too, for another host, and drops tabs and line breaks before it looks (WHATWG URL §4.4).
const ON_THIS_HOST = /^\/(?![/\\])[\u0021-\u007e]*$/;

function redirect(path: string | undefined, query: string): unknown {
  if (path === undefined || !ON_THIS_HOST.test(path)) return undefined;
  return respond(308, undefined, { Location: query === '' ? path : `${path}?${query}` });
}

/** The errors among these answers in the form that the contract gives errors. */
export function inForm(handler: HttpHandler, contract: BodyContract | undefined): HttpHandler {
  if (contract === undefined) return handler;
  return (request) => {
    const plain = handler(request);
    if (typeof plain !== 'object' || plain === null || !isHttpResponse(plain) || plain.status < 400) return plain;
    const { status, body, headers } = plain;
    const rendered = renderError(contract, request.raw, { status, payload: body, headers });
    const answer = ({ contentType, content, headers: kept }: RenderedError): HttpResponse =>
      new HttpResponse(status, content, { ...kept, 'content-type': contentType });
    return isPromise(rendered) ? rendered.then(answer) : answer(rendered);
  };
}
