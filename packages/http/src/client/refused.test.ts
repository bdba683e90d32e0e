import { expect, test } from '@jest/globals';
import type { Method } from '../route.ts';
import { counted, create, createFor, failure } from '../../test/client.ts';
import { HttpClient, type HttpClientOptions, type HttpClientOptionsError } from '../client.ts';

/** Asks a server that must not be asked. @returns what the call failed with */
async function refused(to: string, options: object = {}, method: Method = 'GET', clientOptions: HttpClientOptions = {}) {
  let asked = 0;
  const { client, port } = await createFor((_, response) => response.end(String(asked++)), clientOptions);
  const error = await failure(client.request({ method, path: to, ...options } as never));
  expect([error.code, asked, await counted(port)]).toEqual(['PATRON_HTTP_CLIENT_REQUEST_INVALID', 0, []]);
  return error.message.slice(error.message.indexOf("can't be sent"));
}

test('no path leads to another host', async () => {
  expect(await refused('//evil.example/a')).toContain('the path begins with "//", which many read as another host');
  for (const to of ['/\\evil.example', '\\\\evil.example', '/a\\..\\b']) expect(await refused(to)).toMatch(/a backslash|has to begin with/);
  for (const to of ['http://evil.example/a', 'HTTPS://evil.example', 'http://127.0.0.1:1/a', 'http://127.0.0.1:1@evil.example/']) {
    expect(await refused(to)).toMatch(/is not below the baseUrl of this client|has credentials in it/);
  }
  for (const to of ['evil.example/a', 'file:///etc/passwd', 'ftp://a', 'javascript:1', '', '@evil.example', ':80/a', '?a']) {
    expect(await refused(to)).toContain('has to begin with "/", "http://" or "https://"');
  }
});

test('no path leaves the base URL, and no param leaves its place', async () => {
  for (const dots of ['..', '.', '%2e%2e', '.%2E', '%2e', '..;', '..;a=b']) {
    expect(await refused(`/a/${dots}/b`)).toContain(`the path has the segment "${dots}", which leads to another path`);
    expect(await refused(`/${dots}`)).toContain('leads to another path');
  }
  for (const id of ['.', '..', '']) expect(await refused('/orders/:id', { params: { id } })).toMatch(/that would be another path$/);

  const { client } = await createFor((request, response) => response.end(request.url));
  for (const id of ['../admin', '..\\admin', '%2e%2e', '/', '//evil.example', '?a=b', '#', '..;', '\r\nX: y', '\u0000', '@', ':']) {
    const url = await (await client.get('/orders/:id/items', { params: { id } })).text();
    expect(url).toBe(`/orders/${encodeURIComponent(id)}/items`);
    expect(decodeURIComponent(new URL(url, 'http://a').pathname)).toBe(`/orders/${id}/items`);
  }
  const { port } = await createFor(() => undefined);
  const below = create({ baseUrl: `http://127.0.0.1:${port}/api` });
  for (const path of ['/apix', '/', '', '/other/api', '/api/../admin', '/API']) {
    const error = await failure(below.get(`http://127.0.0.1:${port}${path}`));
    expect(error.message).toMatch(/is not below the baseUrl of this client, http:\/\/127\.0\.0\.1:\d+\/api|leads to another path/);
  }
  expect(await counted(port)).toEqual([]);
});

test('params that do not fit the path are named, all at once', async () => {
  const params = { id: Number.NaN, item: { toString: () => 'x' }, other: 'y' };
  expect(await refused('/orders/:id/items/:item/:missing', { params })).toBe(
    `can't be sent: the param "id" is neither a string nor a finite number; the param "item" is neither a string nor a finite number; ` +
      `the param "missing" has no value; the path has no param ":other"`,
  );
  expect(await refused('/orders/:id', { params: Object.create({ id: 'inherited' }) })).toContain('the param "id" has no value');
  expect(await refused('/orders/:id', { params: { id: '\ud800' } })).toContain('the param "id" is no well-formed text');
  expect(await refused('/orders/:1')).toContain('"1" is no name for a param');
});

test('a path or query that holds what no URL may hold is refused', async () => {
  for (const to of ['/a b', '/a\r\nX-Y: z', '/a\tb', '/a\u0000'])
    expect(await refused(to)).toContain('a space, a control character or a backslash');
  expect(await refused('/100%')).toContain('a "%" that begins no escape');
  expect(await refused('/a#b')).toContain('has a fragment');
  expect(await refused('/a?b=c d')).toContain('use the option query');
  expect(await refused('/\ud800')).toContain('the path is no well-formed text');
  expect(await refused('/a', { query: { a: {} } })).toContain('query "a" is no string, number or boolean');
  expect(await refused('/a', { query: { a: '\udc00' } })).toContain('query "a"');
  expect(await refused('/a', { query: 'a=b' })).toContain('query is not an object');
});

test('headers that would break out, or belong to the connection, are refused by name and never by value', async () => {
  const secret = 'Bearer s3cret';
  for (const value of [`${secret}\r\nX-Evil: 1`, `${secret}\n`, `${secret}\u0000`, `${secret}\u0100`, `${secret}\u007f`]) {
    const problem = await refused('/a', { headers: { Authorization: value } });
    expect(problem).toContain('header "authorization" has a character that no header may have');
    expect(problem).not.toContain('s3cret');
    expect(await refused('/a', { headers: { 'X-List': ['fine', value] } })).toContain('header "x-list"');
  }
  expect(await refused('/a', { headers: { 'X-A\r\nX-Evil': '1' } })).toContain('"X-A\\r\\nX-Evil" is no name of a header');
  expect(await refused('/a', { headers: { '': '1' } })).toContain('"" is no name of a header');
  expect(await refused('/a', { headers: { 'X-A': null } })).toContain('header "x-a" is neither a string nor a number');
  for (const name of ['Connection', 'Transfer-Encoding', 'Upgrade', 'Keep-Alive', 'TE', 'Trailer', 'Expect', 'Proxy-Connection']) {
    expect(await refused('/a', { headers: { [name]: 'x' } })).toContain(`header "${name.toLowerCase()}" can't be set`);
  }
  expect(await refused('/a', { body: 'x', headers: { 'Content-Length': 7 } }, 'POST')).toContain('header "content-length" can\'t be set');
});

test('bodies and options that cannot be are refused before anything is sent', async () => {
  expect(await refused('/a', { body: 'x', json: {} }, 'POST')).toContain('json and body are both there');
  for (const body of [1, true, {}, [], new Map()]) expect(await refused('/a', { body }, 'POST')).toContain('it takes text, bytes');
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(await refused('/a', { json: cycle }, 'POST')).toContain("json can't be written as JSON");
  expect(await refused('/a', { json: () => 1 }, 'POST')).toContain('json is a function');
  expect(await refused('/a', { json: 1n }, 'POST')).toContain("json can't be written as JSON");
  for (const timeoutMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5']) {
    expect(await refused('/a', { timeoutMs })).toContain('timeoutMs is');
  }
  expect(await refused('/a', { maxBodyBytes: -1 })).toContain('maxBodyBytes is -1');
  expect(await refused('/a', { signal: {} })).toContain('signal is no AbortSignal');
  expect(await refused('/a', { route: 7 })).toContain('route has to be a string');
  expect(await refused('/a', { timeout: 5 })).toContain('there is no option "timeout"');
  for (const method of ['get', 'CONNECT', 'TRACE', 'GET / HTTP/1.1\r\nX: y', 7]) {
    expect(await refused('/a', {}, method as Method)).toContain('the method has to be one of GET, POST');
  }
});

test('a client without a baseUrl takes absolute URLs only, and none with credentials', async () => {
  const client = create();
  expect((await failure(client.get('/a'))).message).toBe("GET /a: can't be sent: a path needs a client with a baseUrl");
  for (const url of [
    'http://ada:s3cret@example.com/a?token=s3cret',
    'http://ada:s3c/ret@example.com/',
    'http://:99999/',
    'http://a:b/',
    'http://',
  ]) {
    const error = await failure(client.get(url));
    expect(error.code).toBe('PATRON_HTTP_CLIENT_REQUEST_INVALID');
    expect(`${error.message} ${error.url}`).not.toMatch(/s3cret|s3c/);
  }
  expect((await failure(client.get(undefined as never))).message).toContain('the URL is missing');
  expect((await failure(client.get('http://a/:id', { params: { id: '..' } }))).message).toContain('that would be another path');
});

test('every bad option of a client is named in one error', () => {
  const problemsOf = (options: object): readonly string[] => {
    try {
      return [new HttpClient(options).name, 'was made'];
    } catch (error) {
      expect((error as HttpClientOptionsError).code).toBe('PATRON_HTTP_CLIENT_OPTIONS_INVALID');
      return (error as HttpClientOptionsError).problems;
    }
  };
  expect(
    problemsOf({
      baseUrl: 'ftp://example.com',
      name: '',
      timeoutMs: 0,
      headers: { 'X-A': 'a\r\nb', Connection: 'close' },
      maxBodyBytes: 1.5,
      connectTimeoutMs: '1s',
      maxConnections: 0,
      keepAliveTimeoutMs: -1,
      tls: { key: 'no key' },
      retry: { attempts: 3 },
    }).map((problem) => problem.replace(/ has a character.*|: error:.*/, '')),
  ).toEqual([
    'there is no option "retry"',
    'baseUrl "ftp://example.com" is no http or https URL: it takes "http://host:port" or "https://host/path"',
    expect.stringContaining("tls can't be used"),
    'name has to be a string that is not empty',
    'timeoutMs is 0: it takes a whole number, 1 to 2147483647',
    'header "x-a"',
    'header "connection" can\'t be set: it belongs to the connection',
    'maxBodyBytes is 1.5: it takes a whole number, 0 to 9007199254740991',
    'connectTimeoutMs is a string: it takes a whole number, 1 to 2147483647',
    'maxConnections is 0: it takes a whole number, 1 to 1000000',
    'keepAliveTimeoutMs is -1: it takes a whole number, 1 to 2147483647',
  ]);
  for (const baseUrl of [
    '',
    '/a',
    'http://',
    'http://a/?b',
    'http://a/#b',
    'http://a/../b',
    'http://a/:id',
    'http://a b',
    7,
    null,
    'http://a\\b',
  ]) {
    expect(problemsOf({ baseUrl })).toEqual([expect.stringMatching(/^baseUrl /)]);
  }
  const credentials = problemsOf({ baseUrl: 'http://ada:s3cret@orders' });
  expect(credentials[0]).toContain('has credentials in it');
  expect(String(credentials)).not.toContain('s3cret');
  expect(problemsOf({ dispatcher: {}, tls: {}, maxConnections: 1 })).toEqual([
    'dispatcher is no undici Dispatcher',
    "maxConnections is an option of the client's own connections: a dispatcher brings its own",
    "tls is an option of the client's own connections: a dispatcher brings its own",
  ]);
  expect(problemsOf(null as never)).toEqual(['the options are not an object']);
  expect(new HttpClient({ baseUrl: 'https://Orders.Example:443/api/' }).name).toBe('http client orders.example/api');
  expect(new HttpClient().name).toBe('http client');
});
