import { checkHeader } from './headers.ts';
import { HttpResponse, respond } from './response.ts';

/** What is used of a fetch `Response`. Touching the global class would load undici into every process. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: Iterable<[string, string]>;
  readonly body: object | null;
  /** Empty, unless it was fetched. */
  readonly url: string;
}

// They speak of the connection on which a response came, not of the one on which it goes on (RFC 9110 §7.6.1).
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Whether a value is a fetch `Response`, of whichever implementation. */
export function isFetchResponse(value: object): value is FetchResponse {
  return (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Response' && 'status' in value && 'headers' in value;
}

/**
 * A fetch `Response` as one of ours. What `fetch` has unpacked is no longer as `Content-Encoding` and `Content-Length`
 * say, so a fetched response goes on without them. @throws AnswerError for a header that can't be sent
 */
export function fromFetch({ status, headers, body, url }: FetchResponse): HttpResponse {
  const kept = Object.create(null) as Record<string, string | readonly string[]>;
  const cookies: string[] = [];
  for (const [name, value] of headers) {
    if (HOP_BY_HOP.has(name) || (url !== '' && (name === 'content-encoding' || name === 'content-length'))) continue;
    checkHeader(name, value); // fetch lets through control characters, HTTP does not
    if (name === 'set-cookie') cookies.push(value);
    else kept[name] = value;
  }
  if (cookies.length > 0) kept['set-cookie'] = cookies;
  const { status: checked, body: content } = respond(status, body ?? undefined);
  return new HttpResponse(checked, content, kept);
}
