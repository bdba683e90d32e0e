import { HttpClient } from '../../../packages/http/dist/client.js';
import { withCorrelationId } from '../../../packages/trace/dist/index.js';
import { answerWith, isHello } from './client-calls.mjs';

// As in the handler of a request: a correlation id is there to be carried onwards.
answerWith((port) => {
  const client = new HttpClient({ baseUrl: `http://127.0.0.1:${port}` });
  const call = async () => (await client.get('/hello/:name', { params: { name: 'world' } })).throwIfNotOk().json();
  return { call: () => withCorrelationId('0b9c3b5e-6f1e-4c0e-9a53-5d1b7f6a2c11', call), check: isHello };
});
