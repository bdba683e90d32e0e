// A mix of what comes to a server that faces the world, so many a second: good and bad, whole and broken off. Each has to be answered as it
// should; anything else ends the load with an error.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, FormData, request } from '../../../packages/http/node_modules/undici/index.js';

/** @typedef {{ base: string, ca: string, key: string }} Where */

/** @type {Agent} */
let agent;
/** @type {Where} */
let where;
const counts = /** @type {Record<string, number>} */ ({});

const photo = new Uint8Array(100_000).fill(7);

/** @param {string} path @param {object} [options] */
const ask = (path, options = {}) => request(where.base + path, { dispatcher: agent, ...options });
const withKey = () => ({ authorization: `Apikey ${where.key}` });

/** @param {Awaited<ReturnType<typeof ask>>} answer @param {number} status */
async function expect({ statusCode, body }, status) {
  const text = await body.text();
  if (statusCode !== status) throw new Error(`${statusCode} and not ${status}: ${text.slice(0, 300)}`);
  return text;
}

/** What is asked, and how many of a thousand. @type {Record<string, [weight: number, act: () => Promise<unknown>]>} */
const acts = {
  unknown: [400, async () => expect(await ask(`/unknown/${randomUUID()}`), 404)],
  site: [190, async () => expect(await ask('/', { headers: { 'accept-encoding': 'gzip, br' } }), 200)],
  orders: [200, async () => expect(await ask('/api/orders', { headers: withKey() }), 200)],
  'no key': [60, async () => expect(await ask('/api/orders', { headers: { authorization: `Apikey ${randomUUID()}` } }), 401)],
  'not valid': [60, async () => expect(await post({ item: '' }), 400)],
  order: [2, async () => expect(await post({ item: 'tea', amount: 1 }), 201)],
  stream: [30, async () => expect(await ask('/api/numbers?count=20000', { headers: { 'accept-encoding': 'gzip' } }), 200)],
  'stream, left': [20, async () => leave(await ask('/api/numbers?count=10000000'))],
  upload: [20, async () => expect(await ask('/api/photos', { method: 'POST', headers: withKey(), body: form() }), 201)],
  'upload, left': [8, () => abandonedUpload()],
  events: [10, async () => leave(await ask('/api/clock'))],
};

/** @param {object} order */
const post = (order) =>
  ask('/api/orders', { method: 'POST', headers: { ...withKey(), 'content-type': 'application/json' }, body: JSON.stringify(order) });

function form() {
  const data = new FormData();
  data.append('photo', new File([photo], 'photo.jpg', { type: 'image/jpeg' }));
  return data;
}

/** Reads a piece, and goes. @param {Awaited<ReturnType<typeof ask>>} answer */
async function leave({ statusCode, body }) {
  if (statusCode !== 200) throw new Error(`${statusCode} and not 200: ${await body.text()}`);
  await once(body, 'data');
  body.on('error', () => undefined); // that it is left
  body.destroy();
}

/** Says that it sends more than it does, and goes. */
async function abandonedUpload() {
  const abort = new AbortController();
  const body = async function* () {
    yield '--b\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n';
    yield photo;
    abort.abort();
    yield photo;
  };
  const headers = { ...withKey(), 'content-type': 'multipart/form-data; boundary=b' };
  const sent = ask('/api/photos', { method: 'POST', headers, body: body(), signal: abort.signal });
  const failed = await sent.then(
    ({ statusCode }) => `was answered with ${statusCode}`,
    () => undefined,
  );
  if (failed !== undefined) throw new Error(`an upload that was left ${failed}`);
}

const names = Object.entries(acts).flatMap(([name, [weight]]) => Array.from({ length: weight }, () => name));

const commands = {
  /** @param {Where} options */
  open: async (options) => {
    where = options;
    agent = new Agent({ connect: { ca: options.ca }, connections: 128 });
  },

  /** @param {{ perSecond: number, seconds: number }} options */
  run: async ({ perSecond, seconds }) => {
    const start = performance.now();
    const total = perSecond * seconds;
    let sent = 0;
    let open = 0;
    await new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond));
        for (; sent < due && open < 512; sent++) {
          const name = /** @type {string} */ (names[Math.floor(Math.random() * names.length)]);
          const [, act] = /** @type {(typeof acts)[string]} */ (acts[name]);
          open++;
          act().then(
            () => {
              open--;
              counts[name] = (counts[name] ?? 0) + 1;
              if (sent === total && open === 0) resolve(clearInterval(timer));
            },
            (error) => reject(new Error(`${name}: ${error.message}`, { cause: error })),
          );
        }
      }, 5);
    });
    return { counts };
  },
};

process.on('message', (/** @type {any} */ { command, ...options }) => {
  /** @type {Record<string, (options: any) => Promise<object | void>>} */ (commands)[command]?.(options).then(
    (result) => process.send?.({ ...result }),
    (error) => process.send?.({ error: error.message }),
  );
});
