import type { HttpHandler } from './middleware.ts';
import { respond } from './response.ts';
import type { Router } from './router.ts';

const BAD_REQUEST = respond(400, { error: 'Bad Request' });
const NOT_FOUND = respond(404, { error: 'Not Found' });

/** Answers a request whose target is no path. */
export const malformedTarget: HttpHandler = () => BAD_REQUEST;

/**
 * Answers a request that no route has: 405 with the methods that its path has (RFC 9110 §15.5.6), else 404. Returned and
 * not thrown, as whoever scans for holes makes thousands of them a second.
 */
export function unrouted(router: Router): HttpHandler {
  return ({ path }) => {
    const allowed = router.methodsOf(path);
    if (allowed.length === 0) return NOT_FOUND;
    return respond(405, { error: 'Method Not Allowed' }, { Allow: allowed.join(', ') });
  };
}
