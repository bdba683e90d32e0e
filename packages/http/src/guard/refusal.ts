import { HttpRequest } from '../request.ts';
import { respond } from '../response.ts';
import { inForm } from '../unrouted.ts';

const REASONS = { 429: 'Too Many Requests', 503: 'Service Unavailable' } as const;

/** An answer that turns a request away for a while. Returned and not thrown: there are many of them, and none is worth a stack. */
export function refusal(request: HttpRequest, status: 429 | 503, retryAfterSeconds: number): unknown {
  const plain = respond(status, { error: REASONS[status] }, { 'Retry-After': retryAfterSeconds });
  const { contract } = HttpRequest.exchangeOf(request).endpoint;
  return contract === undefined ? plain : inForm(() => plain, contract)(request);
}
