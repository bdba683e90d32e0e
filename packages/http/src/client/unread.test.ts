import { expect, test } from '@jest/globals';
import { active, counted, createFor, failure, until } from '../../test/client.ts';
import { logged } from '../../test/server.ts';

const CALLS = 1000;
// More than the buffers of two sockets hold.
const LARGE = Buffer.alloc(8 * 1024 * 1024);

test('1,000 small bodies that nobody reads hold no connection', async () => {
  const { client, sockets, port } = await createFor((_, response) => response.end(Buffer.alloc(60 * 1024)), { maxConnections: 4 });
  const statuses = await Promise.all(Array.from({ length: CALLS }, async () => (await client.get('/')).status));
  expect(statuses.filter((status) => status === 200)).toHaveLength(CALLS);
  await until(async () => (await active(port)) === 0);
  expect(sockets.size).toBeLessThanOrEqual(4); // far below the timeout of 30 s, and with room for more
  expect((await client.get('/')).status).toBe(200);
  expect(logged.lines).toEqual([]);
});

test('1,000 large bodies that nobody reads hold their connections until the timeout of the call, which is logged', async () => {
  const { client, sockets, port } = await createFor((_, response) => response.end(LARGE), { timeoutMs: 4000 });
  const answers = Array.from({ length: CALLS }, async () => (await client.get('/large', { route: '/large' })).status);
  const answered = (await Promise.allSettled(answers)).filter(({ status }) => status === 'fulfilled').length;
  expect(answered).toBeGreaterThan(0); // all of them, unless the machine is busy: the others ran into the timeout before their head came
  await until(async () => (await active(port)) === 0 && sockets.size === 0);
  const warnings = logged.findAll({ message: 'the body of an answer was never read: it held its connection until the timeout' });
  expect(warnings).toHaveLength(answered);
  expect(warnings[0]?.fields).toMatchObject({ method: 'GET', url: `http://127.0.0.1:${port}/large`, timeoutMs: 4000 });
  const label = 'http_request_method="GET",url_template="/large",http_response_status_code="200"';
  expect(await counted(port)).toContain(`${label} ${answered}`); // an answer came: that is no failure of the call
  expect((await client.get('/')).status).toBe(200);
});

test('who reads too late is told so', async () => {
  const { client } = await createFor((_, response) => response.end(LARGE), { timeoutMs: 1000 });
  const answer = await client.get('/');
  await until(() => logged.lines.length === 1);
  expect(await failure(answer.bytes())).toMatchObject({ code: 'PATRON_HTTP_CLIENT_TIMEOUT', status: 200 });
});

test('a body that was cancelled holds nothing, and is no failure', async () => {
  const { client, sockets, port } = await createFor((_, response) => response.end(LARGE));
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.get('/')));
  for (const answer of answers) answer.cancel();
  await until(async () => (await active(port)) === 0 && sockets.size === 0);
  expect(await counted(port)).toEqual(['http_request_method="GET",http_response_status_code="200" 20']);
  expect(await failure(answers[0]!.text())).toMatchObject({ code: 'PATRON_HTTP_CLIENT_BODY_USED' });
});
