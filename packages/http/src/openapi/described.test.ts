import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { type Answer, ask, open, type Question } from '../../test/server.ts';
import { type Codec, conflict, del, get, json, notFound, post, type Route, routes, type RoutesOptions } from '../index.ts';
import { openapi, type OpenApiDocument, type ResponseObject } from '../openapi.ts';

const item = z.object({ name: z.string().min(1), price: z.number().positive().default(1) }).meta({ id: 'Item' });
const order = z.object({ id: z.string(), items: z.array(item) }).meta({ id: 'Order' });
const missing = z.object({ error: z.string(), id: z.string() });

const list: Route[] = [
  get(
    '/orders/:id',
    ({ params, query }) => {
      if (params.id > 9) throw notFound({ error: 'no such order', id: String(params.id), secret: 1 });
      if (params.id === 8) return { broken: true };
      return { id: String(params.id), items: [{ name: 'tea' }].slice(0, query.most), secret: 1 };
    },
    {
      params: z.object({ id: z.coerce.number() }),
      query: z.object({ most: z.coerce.number().default(9) }),
      answers: { 200: order, 404: missing },
    },
  ),
  post('/orders', ({ body, headers }) => ({ id: headers['x-tenant'], items: body.items }), {
    body: order,
    headers: z.object({ 'x-tenant': z.string() }),
    answer: order,
    maxBodyBytes: 200,
  }),
  del('/orders/:id', ({ params }) => (params.id === '7' ? undefined : Promise.reject(conflict('in use'))), {
    answers: { 204: null, 409: z.object({ error: z.string() }) },
  }),
  get('/name', () => 'the shop', { answer: z.string() }),
];

const sent = (value: unknown, headers = {}): Question => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Tenant': 'a', ...headers },
  body: JSON.stringify(value),
});

/** Requests of every kind, with the status that is expected and the path and method that describe it. */
const questions: [status: number, path: string, template: string, question?: Question][] = [
  [200, '/orders/7', '/orders/{id}'],
  [200, '/orders/7?most=0', '/orders/{id}'],
  [400, '/orders/x?most=y', '/orders/{id}'],
  [404, '/orders/10', '/orders/{id}'],
  [500, '/orders/8', '/orders/{id}'],
  [201, '/orders', '/orders', sent({ id: 'x', items: [{ name: 'tea' }] })],
  [400, '/orders', '/orders', sent({ id: 'x', items: [{ name: '' }] })],
  [400, '/orders', '/orders', { ...sent(1), headers: { 'Content-Type': 'application/json' } }],
  [413, '/orders', '/orders', sent({ id: 'x'.repeat(300), items: [] })],
  [415, '/orders', '/orders', sent(1, { 'Content-Type': 'text/plain' })],
  [204, '/orders/7', '/orders/{id}', { method: 'DELETE' }],
  [409, '/orders/8', '/orders/{id}', { method: 'DELETE' }],
  [200, '/name', '/name'],
];

/** JSON under another name, by a codec that takes its time; errors go by it too. */
const hal: Codec<unknown> = { ...json, contentTypes: ['application/hal+json'], encode: async (value) => json.encode(value) };

const variants: [string, RoutesOptions][] = [
  ['no options', {}],
  ['problem details', { errors: 'problem' }],
  ['codecs', { codecs: [hal, json] }],
];

test.each(variants)('a server with %s answers as its document says', async (_, options) => {
  const served = routes(list, options);
  const { port } = await open(served);
  const document = openapi(served, { info: { title: 'Shop', version: '1' } });
  for (const [status, path, template, question] of questions) {
    const answer = await ask(port, path, question);
    const label = `${question?.method ?? 'GET'} ${path}`;
    expect([label, answer.status]).toEqual([label, status]);
    const described = document.paths[template]?.[(question?.method ?? 'GET').toLowerCase()]?.responses[status];
    expect([label, complaintsOf(document, described as ResponseObject | { $ref: string }, answer)]).toEqual([label, []]);
  }
  if (options.codecs === undefined) return;
  const refused = await ask(port, '/name', { headers: { Accept: 'image/png' } });
  expect(refused.status).toBe(406);
  expect(complaintsOf(document, document.paths['/name']?.['get']?.responses['406'] as { $ref: string }, refused)).toEqual([]);
});

test('what the document says a body may be is what the server takes', async () => {
  const served = routes(list);
  const { port } = await open(served);
  const document = openapi(served, { info: { title: 'Shop', version: '1' } });
  const schema = document.paths['/orders']?.['post']?.requestBody?.content['application/json']?.schema as object;
  const bodies = [
    1,
    {},
    { id: 1, items: [] },
    { id: 'a', items: [] },
    { id: 'a', items: [{}] },
    { id: 'a', items: [{ name: 'b' }] },
    { id: 'a', items: [{ name: 'b', price: -1 }] },
  ];
  for (const body of bodies) {
    const { status } = await ask(port, '/orders', sent(body));
    expect([body, status === 201]).toEqual([body, problemsOf(document, schema, body).length === 0]);
  }
});

/** In what an answer differs from its description. */
function complaintsOf(document: OpenApiDocument, described: ResponseObject | { $ref: string } | undefined, answer: Answer): string[] {
  if (described === undefined) return ['the status is not described'];
  const response = '$ref' in described ? document.components.responses[described.$ref.split('/').at(-1) as string] : described;
  if (response?.content === undefined) return answer.text === '' ? [] : ['there is a body'];
  const type = String(answer.headers['content-type']).split(';')[0] as string;
  const media = response.content[type];
  if (media === undefined) return [`${type} is not described`];
  return problemsOf(document, media.schema, type.endsWith('json') ? JSON.parse(answer.text) : answer.text);
}

function problemsOf(document: OpenApiDocument, schema: object, value: unknown): string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile({ ...schema, components: document.components });
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
