import { type HostileRequest, CHUNK, chunked, get, OK, post, request, SEEN_GET, SEEN_POST, SMUGGLED } from './build.ts';

export const smuggling: readonly HostileRequest[] = [
  { name: 'CL.TE', rule: '§11.2', send: post(['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`), answer: 400 },
  {
    name: 'TE.CL',
    rule: '§11.2',
    send: post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `${CHUNK}\r\n${SMUGGLED}\r\n0\r\n\r\n`),
    answer: 400,
  },
  {
    name: 'TE.TE with a bad second coding',
    rule: '§11.2',
    send: post(['Transfer-Encoding: chunked', 'Transfer-Encoding: x'], `0\r\n\r\n${SMUGGLED}`),
    answer: 400,
  },
  {
    name: 'TE.TE with a bad first coding',
    rule: '§11.2',
    send: post(['Transfer-Encoding: x', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
    answer: 400,
  },
  { name: 'CL.CL', rule: '§11.2', send: post(['Content-Length: 0', `Content-Length: ${SMUGGLED.length}`], SMUGGLED), answer: 400 },
  {
    name: 'CL.0: a GET whose length is not read',
    rule: '§11.2',
    send: `${get(`Content-Length: ${SMUGGLED.length}`)}${SMUGGLED}`,
    answer: OK,
    seen: SEEN_GET,
  },
  {
    name: 'TE.0: an OPTIONS whose coding is not read',
    rule: '§11.2',
    send: `${request('OPTIONS /a HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}${CHUNK}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    answer: OK,
    seen: ['OPTIONS /a'],
  },
  {
    name: 'a length named by Connection as hop by hop',
    rule: 'RFC 9110 §7.6.1',
    send: post(['Connection: Content-Length', `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
    answer: OK,
    seen: SEEN_POST,
  },
  {
    name: 'an upgrade to h2c, which is not taken',
    rule: 'RFC 9110 §7.8',
    send: post(
      [
        'Connection: Upgrade, HTTP2-Settings, close',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAAQAAP__',
        `Content-Length: ${SMUGGLED.length}`,
      ],
      SMUGGLED,
    ),
    answer: OK,
    seen: SEEN_POST,
    last: true,
  },
  {
    name: 'an upgrade to websocket, which is not taken',
    rule: 'RFC 9110 §7.8',
    send: post(['Connection: Upgrade, close', 'Upgrade: websocket', `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
    answer: OK,
    seen: SEEN_POST,
    last: true,
  },
  { name: 'a request behind one without a Host', rule: '§9.6', send: `GET /a HTTP/1.1\r\n\r\n${SMUGGLED}`, answer: 400 },
  { name: 'a request behind one in HTTP/0.9', rule: '§9.6', send: `GET /a\r\n\r\n${SMUGGLED}`, answer: 505 },
  { name: 'a request behind CONNECT', rule: '§9.6', send: `${request('CONNECT a:443 HTTP/1.1', 'Host: a:443')}${SMUGGLED}`, answer: 501 },
  {
    name: 'a request behind Connection: close',
    rule: '§9.6',
    send: `${get('Connection: close')}${SMUGGLED}`,
    answer: OK,
    seen: SEEN_GET,
    last: true,
  },
  {
    name: 'a chunk extension that hides a chunk',
    rule: '§7.1.1',
    send: chunked(`2;\n\r\nxx\r\n${(SMUGGLED.length + 5).toString(16)}\r\n0\r\n\r\n${SMUGGLED}\r\n0\r\n\r\n`),
    answer: 400,
    seen: SEEN_POST,
  },
];

export const limits: readonly HostileRequest[] = [
  {
    name: 'a target of 8,193 characters',
    rule: 'RFC 9110 §15.5.15',
    send: request(`GET /${'a'.repeat(8192)} HTTP/1.1`, 'Host: a'),
    answer: 414,
  },
  {
    name: 'a target of 100,000 characters',
    rule: 'RFC 9110 §15.5.15',
    send: request(`GET /${'a'.repeat(100_000)} HTTP/1.1`, 'Host: a'),
    answer: 431,
  },
  { name: '201 header fields', rule: 'RFC 6585 §5', send: get(...Array.from({ length: 200 }, (_, i) => `X${i}: b`)), answer: 431 },
  { name: '10,000 header fields', rule: 'RFC 6585 §5', send: get(...Array.from({ length: 9999 }, (_, i) => `X${i}: b`)), answer: 431 },
  { name: 'a field of 100,000 characters', rule: 'RFC 6585 §5', send: get(`X: ${'b'.repeat(100_000)}`), answer: 431 },
  { name: 'a field name of 100,000 characters', rule: 'RFC 6585 §5', send: get(`${'X'.repeat(100_000)}: b`), answer: 431 },
  { name: 'a head that never ends', rule: 'RFC 9110 §15.5.9', send: 'GET /a HTTP/1.1\r\nHost: a\r\nX: ', answer: 408, unfinished: true },
  {
    name: 'a field named __proto__, which is a name like any other',
    rule: 'RFC 9110 §5.1',
    send: get('__proto__: polluted'),
    answer: OK,
    seen: SEEN_GET,
  },
];
