// A service as slow clients like it: / answers at once, /upload once it has read a body, /large with much to read.
import { Service } from '@patron/core';
import { get, post, respond, routes } from '../../dist/index.js';

const large = Buffer.alloc(8 * 1024 * 1024, 'x');
const list = [
  get('/', () => ({ ok: true })),
  post('/upload', async (request) => respond(200, { bytes: (await request.bytes()).length })),
  get('/large', () => large),
];
await new Service({ name: 'reading', http: { handler: routes(list), host: '127.0.0.1' } }).run();
