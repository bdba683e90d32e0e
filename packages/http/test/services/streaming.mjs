// A service over TLS under load: / answers at once, /slow after five seconds, /stream for five seconds, /events for as long as it may.
import { setTimeout as sleep } from 'node:timers/promises';
import { Service } from '@patron/core';
import { eventStream, get, respond, routes } from '../../dist/index.js';

async function* lines() {
  for (let i = 1; i <= 50; i++) {
    yield `line ${i}\n`;
    await sleep(100);
  }
}

/** @param {{ signal: AbortSignal }} listener */
async function* ticks({ signal }) {
  for (let tick = 1; !signal.aborted; tick++) {
    yield { id: String(tick), data: tick };
    await sleep(100, undefined, { signal });
  }
}

const { TLS_CERT_FILE: certFile = '', TLS_KEY_FILE: keyFile = '' } = process.env;
const list = [
  get('/', () => ({ ok: true })),
  get('/slow', async () => (await sleep(5000), { ok: true })),
  get('/stream', () => respond(200, lines(), { 'Content-Type': 'text/plain; charset=utf-8' })),
  get('/events', (request) => eventStream(request, ticks)),
];
await new Service({ name: 'streaming', http: { handler: routes(list), host: '127.0.0.1', tls: { certFile, keyFile } } }).run();
