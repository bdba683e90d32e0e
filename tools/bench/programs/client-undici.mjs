// The same undici that @patron/http brings.
import { Agent, request } from '../../../packages/http/node_modules/undici/index.js';
import { answerWith, isHello } from './client-calls.mjs';

answerWith((port) => {
  const dispatcher = new Agent();
  const call = async () => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/hello/${encodeURIComponent('world')}`, { dispatcher });
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    return body.json();
  };
  return { call, check: isHello };
});
