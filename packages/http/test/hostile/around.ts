import { type HostileToRoutes, request, utf8 } from './build.ts';

const asked = (path: string, ...lines: readonly string[]): string => request(`GET ${path}`, lines);
const PAGE = 'GET /files/*path';

/** `/files/*path` serves a folder with `page.html` and `.env`; `secret.txt` is beside the folder. */
export const files: readonly HostileToRoutes[] = [
  { name: 'a file', send: asked('/files/page.html'), answer: 200, seen: PAGE },
  { name: 'out of the folder', send: asked('/files/../secret.txt'), answer: 404 },
  { name: 'out of it, encoded', send: asked('/files/%2e%2e/secret.txt'), answer: 404 },
  { name: 'out of it, slash and all encoded', send: asked('/files/..%2fsecret.txt'), answer: 404 },
  { name: 'out of it, encoded twice', send: asked('/files/%252e%252e%252fsecret.txt'), answer: 404 },
  { name: 'out of it, by a backslash', send: asked('/files/..%5csecret.txt'), answer: 404 },
  { name: 'out of it, from inside', send: asked('/files/a/../../secret.txt'), answer: 404 },
  { name: 'an absolute path', send: asked('/files//etc/passwd'), answer: 404 },
  { name: 'a drive', send: asked('/files/C:/Windows/win.ini'), answer: 404 },
  { name: 'a file with a dot', send: asked('/files/.env'), answer: 404 },
  { name: 'a file with an encoded dot', send: asked('/files/%2eenv'), answer: 404 },
  { name: 'a NUL behind a name', send: asked('/files/page.html%00.txt'), answer: 400 },
  { name: 'an overlong dot', send: asked('/files/%c0%ae%c0%ae/secret.txt'), answer: 400 },
  { name: 'a name of 8,000 characters', send: asked(`/files/${'a'.repeat(8000)}`), answer: 404 },
  { name: 'a range that ends before it begins', send: asked('/files/page.html', 'Range: bytes=5-1'), answer: 416 },
  { name: 'a range beyond the end', send: asked('/files/page.html', 'Range: bytes=1000-'), answer: 416 },
  {
    name: 'two thousand ranges that are one',
    send: asked('/files/page.html', `Range: bytes=${'0-1,'.repeat(2000)}0-1`),
    answer: 206,
    seen: PAGE,
  },
  {
    name: 'a thousand ranges',
    send: asked('/files/page.html', `Range: bytes=${Array.from({ length: 1000 }, (_, i) => `${2 * i}-${2 * i}`).join()}`),
    answer: 200,
    seen: PAGE,
  },
];

const HELLO = 'GET /hello a';

/** `/hello` tells the query `q` that it was given. */
export const around: readonly HostileToRoutes[] = [
  { name: 'a query', send: asked('/hello?q=a'), answer: 200, seen: HELLO },
  { name: '`__proto__` in a query', send: asked('/hello?q=a&__proto__[admin]=1&__proto__=2'), answer: 200, seen: HELLO },
  { name: '`constructor` in a query', send: asked('/hello?q=a&constructor.prototype.admin=1'), answer: 200, seen: HELLO },
  { name: 'two thousand names in a query', send: asked(`/hello?q=a${'&b='.repeat(2000)}`), answer: 200, seen: HELLO },
  { name: 'a query that encodes nothing', send: asked('/hello?q=a&b=%zz%'), answer: 200, seen: HELLO },
  { name: 'a query that is no UTF-8', send: asked('/hello?q=a&b=%ff'), answer: 200, seen: HELLO },
  { name: 'an id that would break a log line', send: asked('/hello?q=a', 'X-Correlation-Id: a"}{"lvl":"fatal'), answer: 200, seen: HELLO },
  { name: 'an id of 10,000 characters', send: asked('/hello?q=a', `X-Correlation-Id: ${'a'.repeat(10_000)}`), answer: 200, seen: HELLO },
  { name: 'a trace that is none', send: asked('/hello?q=a', 'traceparent: 00-0-0-00', 'tracestate: =,=,='), answer: 200, seen: HELLO },
  { name: '5,000 trace states', send: asked('/hello?q=a', `tracestate: ${'a=b,'.repeat(3000)}c=d`), answer: 200, seen: HELLO },
  { name: '3,000 items of baggage', send: asked('/hello?q=a', `baggage: ${'a=b,'.repeat(3000)}c=d`), answer: 200, seen: HELLO },
  { name: '3,000 kinds of answers', send: asked('/hello?q=a', `Accept: ${'a/b,'.repeat(3000)}*/*`), answer: 200, seen: HELLO },
  { name: '3,000 codings', send: asked('/hello?q=a', `Accept-Encoding: ${'gz,'.repeat(3000)}*;q=0`), answer: 200, seen: HELLO },
  { name: '5,000 cookies', send: asked('/hello?q=a', `Cookie: ${'a=;'.repeat(5000)}`), answer: 200, seen: HELLO },
  { name: 'a time below zero', send: asked('/hello?q=a', 'X-Request-Timeout-Ms: -1'), answer: 400 },
  { name: 'a time beyond all timers', send: asked('/hello?q=a', 'X-Request-Timeout-Ms: 99999999999999'), answer: 200, seen: HELLO },
  {
    name: 'addresses that nobody vouches for',
    send: asked('/hello?q=a', 'X-Forwarded-For: 127.0.0.1', 'Forwarded: for="[::1]"'),
    answer: 200,
    seen: HELLO,
  },
  { name: 'an origin that is none', send: asked('/hello?q=a', 'Origin: null'), answer: 200, seen: HELLO },
  { name: 'an origin with a path', send: asked('/hello?q=a', utf8('Origin: https://ä.example/x')), answer: 200, seen: HELLO },
];
