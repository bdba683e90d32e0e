import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { type Answer, ask, logged, serve } from '../../test/server.ts';
import { post } from '../index.ts';

const port = (): Promise<number> => serve([post('/json', (request) => request.json()), post('/text', (request) => request.text())]);

async function sendJson(body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(await port(), '/json', { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });
}

/** What the client is told of its body. */
async function complaint(body: string | Buffer): Promise<string> {
  const { status, json } = await sendJson(body);
  const { error, problems } = json as { error: string; problems: [{ in: string; path: string; message: string }] };
  expect([status, error, problems[0].in, problems[0].path]).toEqual([400, 'Bad Request', 'body', '']);
  expect(logged.lines).toEqual([]);
  return problems[0].message;
}

test('JSON arrives as it was sent', async () => {
  for (const value of [{ a: [1, 2.5, true, null, 'é€😀'] }, [], 0, null, { '': { '': 'x' } }]) {
    expect((await sendJson(JSON.stringify(value))).json).toEqual(value);
  }
});

test('what is no JSON is a 400 whose message does not repeat it', async () => {
  expect(await complaint('')).toBe('is empty');
  for (const body of ['{', '{"secret":1,}', '[1', "{'a':1}", 'undefined', '{"a":1}x', '\ufeff{}', '"\u0001"'])
    expect(await complaint(body)).toBe('is not valid JSON');
});

test('text that is not UTF-8 is a 400', async () => {
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc3, 0x22],
    [0xed, 0xa0, 0x80],
    [0xfe, 0xff, 0x00, 0x22],
  ]) {
    expect(await complaint(Buffer.from(bytes))).toBe('is not valid UTF-8');
    expect((await ask(await port(), '/text', { method: 'POST', body: Buffer.from(bytes) })).status).toBe(400);
  }
});

test('a hundred levels are read, more are a 400, a hundred thousand as well', async () => {
  const nested = (depth: number, open = '[', close = ']', inner = ''): string => open.repeat(depth) + inner + close.repeat(depth);
  expect((await sendJson(nested(100))).status).toBe(201);
  expect((await sendJson(nested(100, '{"a":', '}', '1'))).status).toBe(201);
  const tooDeep = 'is nested deeper than 100 levels';
  expect(await complaint(nested(101))).toBe(tooDeep);
  expect(await complaint(nested(101, '{"a":', '}', '1'))).toBe(tooDeep);
  expect(await complaint(nested(100_000))).toBe(tooDeep);
  expect(await complaint('['.repeat(1_000_000))).toBe(tooDeep);
  expect(await complaint(nested(60, '{"a":[', ']}'))).toBe(tooDeep);
});

test('keys that reach prototypes are a 400, however they are written', async () => {
  const refused = 'has a key that is not allowed: __proto__, or constructor with a prototype';
  for (const body of [
    '{"__proto__":{"admin":true}}',
    '{"__proto__":null}',
    '{"a":[{"b":{"__proto__":1}}]}',
    '{"\\u005f_proto__":1}',
    '{"\\u005f\\u005F\\u0070roto\\u005f_":1}',
    '{"a":1,"constructor":{"prototype":{"admin":true}}}',
    '{"con\\u0073tructor":{"\\u0070rototype":1}}',
    '[[{"constructor":{"x":1,"prototype":null}}]]',
  ]) {
    expect([body, await complaint(body)]).toEqual([body, refused]);
  }
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
});

test('the same words as values, and a plain constructor, are data', async () => {
  const bodies = [
    '{"a":"__proto__"}',
    '{"constructor":"Jones & Sons"}',
    '{"constructor":{"name":"x"}}',
    '["constructor","prototype"]',
    '{"proto":1,"prototype":2,"a":"\\u005f"}',
  ];
  for (const body of bodies) expect((await sendJson(body)).json).toEqual(JSON.parse(body));
});

test('JSON has to say that it is JSON, in UTF-8, once', async () => {
  const at = await port();
  const statusOf = async (type: string | string[] | undefined): Promise<number> =>
    (await ask(at, '/json', { method: 'POST', headers: type === undefined ? {} : { 'Content-Type': type as string }, body: '{}' })).status;
  for (const type of [
    'application/json',
    'APPLICATION/JSON',
    'Application/Json; Charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/json ; charset="UTF\\-8" ; profile="a;b, charset=latin1"',
    'application/json;',
    'application/merge-patch+json',
    'application/vnd.api+json; version=1',
    'application/json; charset=us-ascii',
  ]) {
    expect([type, await statusOf(type)]).toEqual([type, 201]);
  }
  for (const type of [
    undefined,
    '',
    'text/plain',
    'text/json+x',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json, text/plain',
    'text/plain; application/json',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=latin1',
    'application/json; charset=latin1; charset=utf-8',
    'application/json; charset',
    'application/json charset=utf-8',
    'application/ json',
    '+json',
    ['application/json', 'text/plain'],
  ]) {
    expect([type, await statusOf(type)]).toEqual([type, 415]);
  }
});

test('what would have been read is said in a 415', async () => {
  const wrong = await sendJson('{}', { 'Content-Type': 'text/plain' });
  expect(wrong).toMatchObject({ status: 415, json: { error: 'the body has to be application/json in UTF-8' } });
  expect(wrong.headers.accept).toBe('application/json');
});

test('a compressed body is a 415, a bomb of a gigabyte too, and nothing is unpacked', async () => {
  const bomb = gzipSync(gzipSync(Buffer.alloc(100 * 1024 * 1024)));
  for (const encoding of ['gzip', 'br', 'gzip, identity', 'x-unknown']) {
    const answer = await sendJson(bomb, { 'Content-Encoding': encoding });
    expect(answer).toMatchObject({ status: 415, json: { error: 'the body must not be compressed' } });
    expect(answer.headers['accept-encoding']).toBe('identity');
  }
  expect((await sendJson('{}', { 'Content-Encoding': 'Identity' })).status).toBe(201);
});

test('text is read in UTF-8, of any type or none', async () => {
  const at = await port();
  const read = async (headers: Record<string, string>): Promise<string> =>
    (await ask(at, '/text', { method: 'POST', headers, body: 'é' })).text;
  expect(await read({})).toBe('é');
  expect(await read({ 'Content-Type': 'text/csv; charset=utf-8' })).toBe('é');
  expect(await read({ 'Content-Type': 'text/csv; charset=iso-8859-1' })).toBe('{"error":"the body has to be in UTF-8"}');
  expect(await read({ 'Content-Type': 'text' })).toBe('{"error":"the body has to be in UTF-8"}');
});
