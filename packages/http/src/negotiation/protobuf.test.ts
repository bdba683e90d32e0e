import { expect, test } from '@jest/globals';
import protobufjs from 'protobufjs';
import { z } from 'zod';
import { ask, send, serve } from '../../test/server.ts';
import { get, json, notFound, post, protobuf } from '../index.ts';

const { root } = protobufjs.parse('syntax = "proto3"; message Order { string id = 1; repeated string items = 2; int32 left = 3; }');
const Order = root.lookupType('Order');
const schema = z.object({ id: z.string().min(1), items: z.array(z.string()), left: z.number().default(0) });

const list = [
  post('/orders', ({ body }) => ({ ...body, left: body.items.length }), { body: schema, answer: schema }),
  get('/orders/:id', () => Order.create({ id: '7', items: ['tea'] })),
  get('/gone', () => Promise.reject(notFound('no such order'))),
];

test('a real protobuf message goes in and comes out, checked by a schema on both ways', async () => {
  const port = await serve(list, { codecs: [json, protobuf(Order)] });
  const body = Buffer.from(Order.encode({ id: 'é', items: ['tea', 'cake'] }).finish());
  const headers = { 'Content-Type': 'application/x-protobuf' };
  const inJson = await ask(port, '/orders', { method: 'POST', headers, body });
  expect([inJson.status, inJson.json]).toEqual([201, { id: 'é', items: ['tea', 'cake'], left: 2 }]);
  const {
    status,
    text,
    headers: got,
  } = await ask(port, '/orders', { method: 'POST', headers: { ...headers, Accept: 'application/protobuf' }, body });
  expect([status, got['content-type']]).toEqual([201, 'application/protobuf']);
  expect(Order.decode(Buffer.from(text)).toJSON()).toEqual({ id: 'é', items: ['tea', 'cake'], left: 2 });
  expect((await send(port, '/orders', { id: 'a', items: [] })).json).toEqual({ id: 'a', items: [], left: 0 });
});

test('a message that is cut, garbage, or not as the schema has it is a 400', async () => {
  const port = await serve(list, { codecs: [json, protobuf(Order)] });
  const whole = Buffer.from(Order.encode({ id: 'order', items: ['tea'] }).finish());
  const problemsOf = async (body: Buffer): Promise<unknown> => {
    const answer = await ask(port, '/orders', { method: 'POST', headers: { 'Content-Type': 'application/protobuf' }, body });
    expect(answer.status).toBe(400);
    return (answer.json as { problems: unknown }).problems;
  };
  const unreadable = [{ in: 'body', path: '', message: 'is not valid application/x-protobuf' }];
  // Cut inside a string protobufjs takes what is there; HTTP's own framing tells of such a cut.
  expect(await problemsOf(whole.subarray(0, 1))).toEqual(unreadable);
  expect(await problemsOf(Buffer.alloc(100, 0xff))).toEqual(unreadable);
  expect(await problemsOf(Buffer.alloc(0))).toMatchObject([{ in: 'body', path: 'id' }]);
});

test('a message that a handler returns is JSON where that is asked for, and an error is never a message', async () => {
  const port = await serve(list, { codecs: [protobuf(Order), json] });
  const message = await ask(port, '/orders/7');
  expect(Order.decode(Buffer.from(message.text)).toJSON()).toEqual({ id: '7', items: ['tea'] });
  expect((await ask(port, '/orders/7', { headers: { Accept: 'application/json' } })).json).toEqual({ id: '7', items: ['tea'] });
  expect(await ask(port, '/gone')).toMatchObject({ status: 404, json: { error: 'no such order' } });
  expect(await ask(port, '/gone', { headers: { Accept: 'application/protobuf' } })).toMatchObject({
    status: 404,
    json: { error: 'no such order' },
  });
});
