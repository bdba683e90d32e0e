// A shop that asks everybody, by every kind of call: its database, its cache, and the warehouse at WAREHOUSE. Arguments:
// `express` (an app of express's instead of routes), `node:http` (one call more, by Node's own client), `sdk` and `late-sdk` (an
// OpenTelemetry SDK that is started in code).
import { get as httpGet } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { Service } from '@patron/core';
import { get, HttpError, routes } from '@patron/http';
import { log } from '@patron/log';
import { correlationId, defineTransport, ObjectCarrier, outbound, withSpan } from '@patron/trace';
import express from 'express';
import { Redis } from 'ioredis';
import pg from 'pg';
import { request } from 'undici';

const { POSTGRES = '', REDIS = '', WAREHOUSE = '' } = process.env;
const has = (/** @type {string} */ word) => process.argv.includes(word);

if (has('sdk')) await import('./sdk.mjs');
const pool = new pg.Pool({ connectionString: POSTGRES });
const redis = new Redis(REDIS);
const calls = defineTransport({
  kind: 'client',
  duration: { name: 'shop.client.duration', help: 'Time that the warehouse takes.' },
  labels: [],
  statusLabel: 'status',
}).operation({ name: 'ask the warehouse', labels: {} });

/** @param {number} item @param {Record<string, string>} [headers] @returns {Promise<unknown>} */
const byNode = (item, headers = {}) =>
  new Promise((resolve, reject) => {
    const outgoing = httpGet(`${WAREHOUSE}/stock/${item}`, { headers }, (incoming) => {
      let text = '';
      incoming.on('data', (piece) => (text += String(piece)));
      incoming.on('end', () => resolve({ ...JSON.parse(text), inListener: correlationId() }));
    });
    outgoing.on('error', reject);
  });

/** @param {string | undefined} id */
async function order(id) {
  log.info('an order', { active: trace.getActiveSpan()?.spanContext() });
  await pool.query('SELECT $1::text', [id]);
  await redis.get(`order:${id}`);
  const asked = [await (await fetch(`${WAREHOUSE}/stock/1`)).json(), await (await request(`${WAREHOUSE}/stock/2`)).body.json()];
  asked.push(await withSpan('count', async () => (await fetch(`${WAREHOUSE}/stock/3`)).json()));
  /** @type {Record<string, string>} */
  const headers = {};
  asked.push(await outbound(calls, new ObjectCarrier(headers), () => byNode(4, headers)));
  if (has('node:http')) asked.push(await byNode(5));
  return { correlationId: correlationId(), traceparent: headers['traceparent'], asked };
}

async function slow() {
  log.info('slow');
  await sleep(1000);
  await (await fetch(`${WAREHOUSE}/stock/1`)).text();
  return 'done';
}

const fail = () => {
  throw new Error('no stock');
};

const app = express();
app.get('/orders/:id', async ({ params }, response) => void response.json(await order(params.id)));
app.get('/fail', fail);
app.get('/missing', (_, response) => void response.status(404).end());
app.use((/** @type {Error} */ error, /** @type {unknown} */ _, /** @type {express.Response} */ response, /** @type {unknown} */ __) => {
  log.info('failed', { error });
  response.status(500).end();
});

const router = routes([
  get('/orders/:id', ({ params }) => order(params.id)),
  get('/slow', slow),
  get('/fail', fail),
  get('/missing', () => {
    throw new HttpError(404);
  }),
]);

const service = new Service({
  name: 'shop',
  http: { host: '127.0.0.1', handler: has('express') ? app : router },
  resources: [
    { name: 'pool', close: () => pool.end() },
    { name: 'redis', close: async () => void (await redis.quit()) },
  ],
});
const done = service.run();
if (has('late-sdk')) setTimeout(() => void import('./sdk.mjs'), 100);
await done;
