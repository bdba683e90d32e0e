// One link of a chain: /call calls the next service (NEXT, a port) and tells what came here and what arrived there; /echo tells
// what came. /held is /call for so many at once (HELD): none goes on before all of them are here.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Service } from '@patron/core';
import { log } from '@patron/log';
import { correlationId, defineTransport, ObjectCarrier, outbound, withSpan } from '@patron/trace';

const next = Number(process.env['NEXT']);
const held = Number(process.env['HELD'] ?? 0);
const agent = new Agent({ keepAlive: true, maxSockets: 200 });
const call = defineTransport({
  kind: 'client',
  duration: { name: 'chain_call_seconds', help: 'Calls of the next link.' },
  labels: ['http.request.method'],
  statusLabel: 'http.response.status_code',
}).operation({ name: 'GET /echo', labels: { 'http.request.method': 'GET' } });

/** @type {(() => void)[]} */
const waiting = [];

/** @returns {Promise<void>} once all are here */
function allHere() {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === held) for (const go of waiting.splice(0)) go();
  });
}

/** @returns {Promise<unknown>} what arrived there */
function callNext() {
  /** @type {Record<string, string>} */
  const headers = {};
  return outbound(call, new ObjectCarrier(headers), (active) => {
    active.hold();
    return new Promise((resolve, reject) => {
      const outgoing = request({ port: next, host: '127.0.0.1', path: '/echo', headers, agent }, async (response) => {
        try {
          const body = (await response.toArray()).join('');
          active.end({ status: response.statusCode ?? 0 });
          resolve(JSON.parse(body));
        } catch (error) {
          active.end({ error });
          reject(/** @type {Error} */ (error));
        }
      });
      outgoing.on('error', (error) => {
        active.end({ error });
        reject(error);
      });
      outgoing.end();
    });
  });
}

/** @param {string[]} raw @returns {[string, string][]} */
const pairs = (raw) => raw.filter((_, i) => i % 2 === 0).map((name, i) => [name, raw[2 * i + 1] ?? '']);

/** @type {Record<string, (request: import('node:http').IncomingMessage) => Promise<unknown>>} */
const paths = {
  async '/echo'(incoming) {
    const received = pairs(incoming.rawHeaders);
    await withSpan('look it up', async () => {
      await sleep(Math.random() * 20);
      log.info('looked up');
    });
    return { correlationId: correlationId(), received };
  },
  async '/call'() {
    log.info('calling');
    const there = await callNext();
    log.info('called');
    return { correlationId: correlationId(), there };
  },
  async '/held'(incoming) {
    log.info('held');
    await allHere();
    return paths['/call']?.(incoming);
  },
};

await new Service({
  name: process.env['LINK'] ?? 'link',
  http: {
    host: '127.0.0.1',
    async handler(incoming, response) {
      const answer = await paths[incoming.url ?? '']?.(incoming);
      const body = JSON.stringify(answer ?? {});
      response.writeHead(answer === undefined ? 404 : 200, { 'Content-Length': Buffer.byteLength(body) });
      response.end(body);
    },
  },
}).run();
