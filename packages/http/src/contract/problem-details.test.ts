import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Answer, ask, logged, serve } from '../../test/server.ts';
import { badRequest, get, HttpError, json, post, respond } from '../index.ts';

const TYPE = 'application/problem+json';

async function problemOf(answer: Promise<Answer>): Promise<unknown> {
  const { status, headers, text } = await answer;
  expect(headers['content-type']).toBe(TYPE);
  const problem = JSON.parse(text) as { status: number };
  expect(problem.status).toBe(status);
  return problem;
}

function throwing(payload?: unknown, status = 409): () => never {
  return () => {
    throw new HttpError(status, payload);
  };
}

test('the errors of patron itself are problem details', async () => {
  const port = await serve(
    [
      get('/broken', () => {
        throw new Error('secret');
      }),
      get('/no-form', () => respond(200, 1n)),
      post('/orders', ({ body }) => body, { body: z.object({ item: z.string() }), maxBodyBytes: 20 }),
    ],
    { errors: 'problem' },
  );
  const plain = (status: number, title: string): object => ({ type: 'about:blank', title, status });
  expect(await problemOf(ask(port, '/nowhere'))).toEqual(plain(404, 'Not Found'));
  const wrong = ask(port, '/orders', { method: 'PUT' });
  expect(await problemOf(wrong)).toEqual(plain(405, 'Method Not Allowed'));
  expect((await wrong).headers.allow).toBe('OPTIONS, POST');
  expect(await problemOf(ask(port, '/%'))).toEqual(plain(400, 'Bad Request'));
  const body = (content: string, type = 'application/json'): Promise<Answer> =>
    ask(port, '/orders', { method: 'POST', headers: { 'Content-Type': type }, body: content });
  expect(await problemOf(body('x'.repeat(21)))).toEqual({ ...plain(413, 'Payload Too Large') });
  expect(await problemOf(body('{}', 'text/plain'))).toEqual({
    ...plain(415, 'Unsupported Media Type'),
    detail: 'the body has to be application/json in UTF-8',
  });
  expect(await problemOf(body('{}'))).toEqual({
    ...plain(400, 'Bad Request'),
    problems: [{ in: 'body', path: 'item', message: expect.any(String) as unknown }],
  });
  expect(logged.lines).toEqual([]);
  for (const path of ['/broken', '/no-form']) expect(await problemOf(ask(port, path))).toEqual(plain(500, 'Internal Server Error'));
  expect(logged.findAll({ level: 'error' })).toHaveLength(2);
});

test('what an HttpError says becomes detail and extensions; what RFC 9457 names stays', async () => {
  const payloads: [unknown, object][] = [
    [undefined, {}],
    ['taken', { detail: 'taken' }],
    [
      { error: 'taken', by: 'Ada' },
      { detail: 'taken', by: 'Ada' },
    ],
    [
      { type: 'https://shop.example/taken', title: 'Taken', detail: 'by Ada', instance: '/orders/7', n: 1 },
      { type: 'https://shop.example/taken', title: 'Taken', detail: 'by Ada', instance: '/orders/7', n: 1 },
    ],
    [{ type: 7, title: null, status: 200, error: { deep: 1 } }, { error: { deep: 1 } }],
    [[1, 2], { payload: [1, 2] }],
    [null, { payload: null }],
    [{ toJSON: () => ({ error: 'made', at: 1 }) }, { detail: 'made', at: 1 }],
  ];
  const port = await serve(
    payloads.map(([payload], index) => get(`/${index}`, throwing(payload))),
    { errors: 'problem' },
  );
  for (const [index, [, expected]] of payloads.entries()) {
    expect(await problemOf(ask(port, `/${index}`))).toEqual({ type: 'about:blank', title: 'Conflict', status: 409, ...expected });
  }
});

test('a type of its own that an error brings is left alone, and so are answers that are returned', async () => {
  const port = await serve(
    [
      get('/own', () => {
        throw badRequest({ code: 7 }, { 'Content-Type': 'application/vnd.shop.error+json' });
      }),
      get('/returned', () => respond(404, { error: 'mine' })),
    ],
    { errors: 'problem' },
  );
  const own = await ask(port, '/own');
  expect([own.headers['content-type'], own.text]).toEqual(['application/vnd.shop.error+json', '{"code":7}']);
  expect(await ask(port, '/returned')).toMatchObject({ status: 404, json: { error: 'mine' } });
});

test('problem details come before codecs, and a 406 is one', async () => {
  const port = await serve([get('/', throwing('no', 403)), get('/ok', () => 1)], { errors: 'problem', codecs: [json] });
  expect(await problemOf(ask(port, '/', { headers: { Accept: 'application/json' } }))).toMatchObject({ status: 403, detail: 'no' });
  expect(await problemOf(ask(port, '/ok', { headers: { Accept: 'image/png' } }))).toEqual({
    type: 'about:blank',
    title: 'Not Acceptable',
    status: 406,
    available: ['application/json'],
  });
});

test('HEAD has the headers of the problem and no body', async () => {
  const port = await serve([get('/', throwing('no'))], { errors: 'problem' });
  const { status, headers, text } = await ask(port, '/', { method: 'HEAD' });
  expect([status, headers['content-type'], text]).toEqual([409, TYPE, '']);
});

test('a payload without a JSON form is a logged 500, as a problem', async () => {
  const port = await serve([get('/', throwing({ n: 1n }))], { errors: 'problem' });
  expect(await problemOf(ask(port, '/'))).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500 });
  expect(logged.findAll({ level: 'error' })).toHaveLength(1);
});
