import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { toJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import {
  apiKey,
  del,
  get,
  head,
  json,
  patch,
  post,
  protobuf,
  put,
  type Route,
  routes,
  type Routes,
  type RoutesOptions,
  type StandardSchemaV1,
  text,
} from '../index.ts';
import { openapi, type OpenApiDocument, OpenApiError, type OpenApiOptions, type Operation } from '../openapi.ts';

const info = { title: 'Shop', version: '1.2.3' };
const item = z.object({ name: z.string(), price: z.number().default(1) }).meta({ id: 'Item' });
const order = z.object({ id: z.string(), items: z.array(item) }).meta({ id: 'Order' });

/** A document that a public validator has found valid, and that is plain data. */
async function made(list: Routes | readonly Route[], options: Partial<OpenApiOptions> = {}): Promise<OpenApiDocument> {
  const document = openapi(list, { info, ...options });
  const copy = JSON.parse(JSON.stringify(document)) as OpenApiDocument;
  expect(copy).toEqual(document);
  const { valid, errors } = await new Validator().validate(copy as unknown as Record<string, unknown>);
  expect([valid, errors]).toEqual([true, undefined]);
  return document;
}

async function operation(route: Route, options?: RoutesOptions): Promise<Operation> {
  const { paths } = await made(routes([route], options));
  return Object.values(Object.values(paths)[0] as Record<string, Operation>)[0] as Operation;
}

test('a document has what it is told, and is valid', async () => {
  const document = await made(
    routes([
      get('/orders/:id', () => 1, { summary: 'One order', description: 'Of *yours*.', tags: ['orders'], answer: order }),
      post('/orders', () => 1, { operationId: 'order', body: order, answer: order, deprecated: true, security: [] }),
      del('/orders/:id', () => undefined, { answers: { 204: null } }),
      get('/inner', () => 1, { hidden: true }),
    ]),
    {
      servers: [{ url: 'https://shop.example' }],
      security: [{ key: [] }],
      securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
      tags: [{ name: 'orders', description: 'All about orders' }],
    },
  );
  expect(document).toMatchObject({ openapi: '3.1.0', info, security: [{ key: [] }], tags: [{ name: 'orders' }] });
  expect(Object.keys(document.paths)).toEqual(['/orders/{id}', '/orders']);
  expect(document.paths['/orders/{id}']).toMatchObject({
    get: {
      operationId: 'getOrdersById',
      summary: 'One order',
      description: 'Of *yours*.',
      tags: ['orders'],
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', minLength: 1 } }],
    },
    delete: { operationId: 'deleteOrdersById', responses: { 204: { description: 'No Content' } } },
  });
  expect(document.paths['/orders']?.['post']).toMatchObject({ operationId: 'order', deprecated: true, security: [] });
});

test('definitions are shared components; what a schema takes and what it makes are told apart', async () => {
  const document = await made([
    post('/orders', () => 1, { body: order, answer: order }),
    get('/orders', () => 1, { answer: z.array(order) }),
    put('/orders/:id', () => 1, { body: order }),
  ]);
  const { schemas } = document.components;
  expect(Object.keys(schemas).toSorted()).toEqual(['Error', 'Item', 'ItemOutput', 'Order', 'OrderOutput']);
  expect(schemas['Order']).toMatchObject({ properties: { items: { items: { $ref: '#/components/schemas/Item' } } } });
  expect(schemas['OrderOutput']).toMatchObject({ properties: { items: { items: { $ref: '#/components/schemas/ItemOutput' } } } });
  expect([schemas['Item']?.['required'], schemas['ItemOutput']?.['required']]).toEqual([['name'], ['name', 'price']]);
  expect(document.paths['/orders']).toMatchObject({
    post: {
      requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } },
      responses: { 201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/OrderOutput' } } } } },
    },
    get: { responses: { 200: { content: { 'application/json': { schema: { items: { $ref: '#/components/schemas/OrderOutput' } } } } } } },
  });
  expect(JSON.stringify(document)).not.toContain('$defs');
});

test('two definitions of one name that differ are two components', async () => {
  const other = z.object({ weight: z.number() }).meta({ id: 'Item2' });
  const renamed = (schema: StandardSchemaV1): Record<string, unknown> =>
    JSON.parse(JSON.stringify(z.toJSONSchema(schema as z.ZodType)).replaceAll('Item2', 'Item')) as Record<string, unknown>;
  const { components } = await made(
    [
      post('/a', () => 1, { body: z.array(item) }),
      post('/b', () => 1, { body: z.array(other) }),
      post('/c', () => 1, { body: z.tuple([other]) }),
    ],
    { toJsonSchema: renamed },
  );
  expect(Object.keys(components.schemas)).toEqual(['Item', 'Error', 'ItemInput']);
  expect(components.schemas['ItemInput']).toMatchObject({ properties: { weight: { type: 'number' } } });
});

test('schemas that contain themselves, named or not', async () => {
  const anonymous = z.object({
    get kids() {
      return z.array(anonymous);
    },
  });
  const named = z
    .object({
      name: z.string(),
      get parent() {
        return named.optional();
      },
    })
    .meta({ id: 'Person' });
  const { components, paths } = await made([post('/trees', () => 1, { body: anonymous }), post('/people', () => 1, { body: named })]);
  expect(components.schemas['postTrees_body']).toMatchObject({
    properties: { kids: { items: { $ref: '#/components/schemas/postTrees_body' } } },
  });
  expect(components.schemas['Person']).toMatchObject({ properties: { parent: { $ref: '#/components/schemas/Person' } } });
  expect(paths['/people']?.['post']?.requestBody?.content['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Person' });
});

test('query, params and headers become parameters with what they take', async () => {
  const { parameters } = await operation(
    get('/orders/:id', () => 1, {
      params: z.object({ id: z.coerce.number().int().min(1) }),
      query: z.object({
        page: z.coerce.number().int().default(1),
        tag: z.union([z.string(), z.array(z.string())]),
        q: z.string().optional(),
      }),
      headers: z.object({ 'x-tenant': z.string(), authorization: z.string(), accept: z.string().optional() }),
    }),
  );
  expect(parameters?.map(({ name, in: place, required }) => `${place} ${name} ${String(required)}`)).toEqual([
    'path id true',
    'query page false',
    'query tag true',
    'query q false',
    'header x-tenant true',
  ]);
  expect(parameters?.[0]?.schema).toMatchObject({ type: 'integer', minimum: 1 });
  const { parameters: free } = await operation(get('/', () => 1, { query: z.record(z.string(), z.string()) }));
  expect(free).toMatchObject([{ name: 'query', in: 'query', required: false, style: 'form', explode: true, schema: { type: 'object' } }]);
});

test('a schema with a name serves as query as well', async () => {
  const page = z.object({ page: z.coerce.number() }).meta({ id: 'Page' });
  const { parameters } = await operation(get('/', () => 1, { query: page }));
  expect(parameters).toMatchObject([{ name: 'page', in: 'query', required: true }]);
});

test('paths with a rest, a last param that may be left out, and params of two names', async () => {
  const route = (path: string): Route => ({ ...get('/', () => 1), path });
  const list = Object.assign(() => undefined, {
    list: [
      route('/files/*path'),
      route('/pages/:id?'),
      route('/:all?'),
      get('/a/:id', () => 1),
      post('/a/:number/b', () => 1),
      put('/a/:number', () => 1),
    ],
    bodies: { codecs: [], errors: 'json' },
  }) as unknown as Routes;
  const { paths } = await made(list);
  expect(Object.keys(paths)).toEqual(['/files/{path}', '/pages/{id}', '/pages', '/{all}', '/', '/a/{id}', '/a/{number}/b']);
  expect(paths['/files/{path}']?.['get']?.parameters).toMatchObject([
    { name: 'path', description: 'The rest of the path; it may hold slashes.' },
  ]);
  expect([paths['/pages/{id}']?.['get']?.operationId, paths['/pages']?.['get']?.operationId]).toEqual(['getPagesById', 'getPages']);
  expect(paths['/a/{id}']?.['put']?.parameters).toMatchObject([{ name: 'id' }]);
});

test('codecs are content types of bodies and answers, those of a route before those of all', async () => {
  const stock = protobuf<object>({ encode: () => ({ finish: () => Buffer.alloc(0) }), decode: () => ({}) });
  const schema = z.object({ left: z.number() });
  const all = await operation(
    put('/', () => 1, { body: schema, answers: { 200: schema, 404: schema } }),
    { codecs: [stock, json, text] },
  );
  const types = [...stock.contentTypes, 'application/json'];
  expect(Object.keys(all.requestBody?.content ?? {})).toEqual(types);
  expect(all.responses).toMatchObject({
    200: { content: Object.fromEntries(types.map((one) => [one, {}])) },
    406: { $ref: expect.any(String) as unknown },
  });
  expect(Object.keys((all.responses['404'] as { content: object }).content)).toEqual(['application/json']);
  const own = await operation(
    put('/', () => 1, { body: schema, codecs: [] }),
    { codecs: [stock] },
  );
  expect(Object.keys(own.requestBody?.content ?? {})).toEqual(['application/json']);
  const string = await operation(get('/', () => 'a', { answer: z.string() }));
  expect(string.responses['200']).toMatchObject({ content: { 'text/plain': { schema: { type: 'string' } } } });
});

test('errors are described in the form in which they are sent', async () => {
  const schema = z.object({ a: z.number() });
  const described = async (options: RoutesOptions): Promise<unknown[]> => {
    const { components, paths } = await made(
      routes([post('/', () => 1, { body: schema, answers: { 201: schema, 409: schema } })], options),
    );
    const conflict = paths['/']?.['post']?.responses['409'] as { content: object };
    return [Object.keys(paths['/']?.['post']?.responses ?? {}), components.responses['BadRequest'], Object.keys(conflict.content)];
  };
  const statuses = ['201', '400', '409', '413', '415', '500'];
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  expect(await described({ errors: 'problem' })).toMatchObject([statuses, { content: problem }, ['application/problem+json']]);
  const plain = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  expect(await described({})).toMatchObject([statuses, { content: plain }, ['application/json']]);
});

test('a status with which both the route and patron answer has the one form or the other', async () => {
  const { responses } = await operation(
    post('/', () => 1, { body: z.string(), answers: { 201: null, 400: z.object({ own: z.string() }) } }),
  );
  expect(responses['400']).toMatchObject({
    content: { 'application/json': { schema: { anyOf: [{ properties: { own: {} } }, { $ref: '#/components/schemas/Error' }] } } },
  });
});

test('valibot by its converter, arktype and zod by themselves, others as anything', async () => {
  const byHand: StandardSchemaV1 = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };
  const { paths } = await made(
    [
      post('/valibot', () => 1, { body: v.object({ name: v.pipe(v.string(), v.minLength(2)) }) }),
      post('/arktype', () => 1, { body: type({ name: 'string>=2' }) }),
      post('/zod', () => 1, { body: z.object({ name: z.string().min(2) }) }),
      patch('/hand', () => 1, { body: byHand }),
    ],
    {
      toJsonSchema: (schema) =>
        schema['~standard'].vendor === 'valibot'
          ? (toJsonSchema(schema as never, { target: 'draft-2020-12' }) as Record<string, unknown>)
          : undefined,
    },
  );
  const schemaOf = (path: string): unknown => Object.values(paths[path] ?? {})[0]?.requestBody?.content['application/json']?.schema;
  for (const path of ['/valibot', '/arktype', '/zod']) {
    expect([path, schemaOf(path)]).toEqual([
      path,
      expect.objectContaining({ type: 'object', properties: { name: { type: 'string', minLength: 2 } } }),
    ]);
  }
  expect(schemaOf('/hand')).toEqual({});
});

test('all that no document can be made of is said at once', () => {
  const list = [
    get('/dates', () => 1, { answer: z.object({ at: z.date() }), operationId: 'one' }),
    get('/maps', () => 1, { query: z.map(z.string(), z.string()), operationId: 'one' }),
  ];
  try {
    openapi(routes(list), { info });
    expect(true).toBe(false);
  } catch (error) {
    expect(error).toBeInstanceOf(OpenApiError);
    expect(error).toMatchObject({ code: 'PATRON_OPENAPI_INVALID' });
    expect((error as OpenApiError).problems).toEqual([
      'GET /dates: answer 200 has no JSON Schema: Date cannot be represented in JSON Schema',
      'GET /maps: query has no JSON Schema: Map cannot be represented in JSON Schema',
      'GET /maps: operationId "one" is that of GET /dates already',
    ]);
  }
  const wrong = { info: { title: '' }, toJsonSchema: 7 } as never;
  expect(() => openapi([], wrong)).toThrow(
    /info\.title is ""; it has to be a text\n.*info\.version is undefined; it has to be a text\n.*toJsonSchema is 7, not a function/,
  );
  expect(() => openapi([get('no-slash', () => 1)], { info })).toThrow(/the path has to begin with/);
});

test('HEAD stands there only where it has a route of its own', async () => {
  const { paths } = await made([get('/a', () => 1), head('/b', () => undefined, { answer: order })]);
  expect([Object.keys(paths['/a'] ?? {}), Object.keys(paths['/b'] ?? {})]).toEqual([['get'], ['head']]);
  expect(paths['/b']?.['head']?.responses['200']).toEqual({ description: 'OK' });
});

test('limits of rate and of time are answers of their route', async () => {
  const { responses } = await operation(get('/a', () => 1, { rateLimit: { limit: 1, windowMs: 1000 }, timeoutMs: 100 }));
  expect(responses['429']).toEqual({ $ref: '#/components/responses/TooManyRequests' });
  expect(responses['503']).toEqual({ $ref: '#/components/responses/ServiceUnavailable' });
});

test('a guarded route answers 401 to those who are nobody', async () => {
  const auth = apiKey(new Map([['k', 'billing']]));
  expect((await operation(get('/a', () => 1, { auth }))).responses['401']).toEqual({ $ref: '#/components/responses/Unauthorized' });
  expect((await operation(get('/a', () => 1, { auth: 'none' }))).responses['401']).toBeUndefined();
});

test('what routes() says for all of them is an answer of each that says nothing else', () => {
  const auth = apiKey(new Map([['k', 'billing']]));
  const served = routes([get('/a', () => 1), get('/b', () => 1, { auth: 'none' })], { auth, timeoutMs: 1000 });
  const { paths } = openapi(served, { info: { title: 'Shop', version: '1' } });
  const statuses = (path: string): string[] => Object.keys(paths[path]?.['get']?.responses ?? {});
  expect([statuses('/a'), statuses('/b')]).toEqual([
    ['401', '500', '503', '2XX'],
    ['500', '503', '2XX'],
  ]);
});
