import { major } from '../lib/machine.mjs';
import { toRow } from '../lib/row.mjs';
import { idleServers, Servers } from '../lib/servers.mjs';
import { instrumented, tracesOnly, withEnv } from '../lib/telemetry.mjs';

export const title = 'guards: GET /hello/:name with what stands around routes, 64 connections, one core for the server';
export const pairs = 5;

const file = 'programs/hello-guards.mjs';
const all = 'auth,compression,cors,rateLimit';
// As `bench telemetry` has it: a sample that is taken at the edge.
const telemetry = { ...tracesOnly, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
const [peer = ''] = Object.keys(instrumented);
const key = 'Authorization: Apikey key-of-the-bench';
const codings = 'Accept-Encoding: gzip, deflate, br';
const origin = 'Origin: https://shop.example';

const notHit = {
  'no guard': { file: 'programs/hello-patron.mjs' },
  'auth on another route': { file, env: { GUARDS: 'auth' } },
  'auth, a key each': { file, env: { GUARDS: 'auth,hit' } },
  'compression, nothing to compress': { file, env: { GUARDS: 'compression' } },
  'cors, no Origin': { file, env: { GUARDS: 'cors' } },
  'rate limit by address, not reached': { file, env: { GUARDS: 'rateLimit' } },
  'security headers': { file, env: { GUARDS: 'securityHeaders' } },
  'auth, compression, cors, rate limit': { file, env: { GUARDS: all } },
  'Fastify 5': { file: 'peers/hello-fastify.mjs' },
  'node:http': { file: 'programs/hello-node.mjs' },
};

const traced = {
  'all four, an exporter configured': { file, env: { GUARDS: all, ...telemetry } },
  ...withEnv({ [peer]: instrumented[peer] ?? { file: '' } }, telemetry),
};

// Refusals, and answers that are more than the handler's: each beside what the route costs without.
const large = ['/large'];
const hit = {
  'no guard, an Origin': { file, headers: [origin] },
  'cors, an Origin that may': { file, env: { GUARDS: 'cors' }, headers: [origin] },
  'auth, refused with 401': { file, env: { GUARDS: 'auth,hit' }, headers: [], learns: true },
  'rate limit, refused with 429': { file, env: { GUARDS: 'rateLimit,refuse' }, headers: [], learns: true },
  '6 KiB of JSON': { file, paths: large, headers: [codings], learns: true },
  'the same, compressed': { file, env: { GUARDS: 'compression' }, paths: large, headers: [codings], learns: true },
};

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, machine, progress) {
  const headers = [key, codings];
  /** @type {Record<string, import('../lib/servers.mjs').Figures[]>} */
  const results = {};
  for (const sides of [notHit, traced, hit]) Object.assign(results, await new Servers(sides, settings, { headers }).inTurn(progress));
  const cpu = (/** @type {string} */ side) => (results[side] ?? []).map((one) => one.cpuUs);
  const row = (/** @type {string} */ what, /** @type {string} */ against, /** @type {number | undefined} */ maxRatio) =>
    toRow({ what, against, unit: 'µs', ours: cpu(what), theirs: cpu(against), ...(maxRatio === undefined ? {} : { maxRatio }) });
  const isNew = major(machine.node) >= 24;
  const rows = Object.keys(notHit)
    .slice(1, -2)
    .map((side) => row(side, 'no guard', undefined));
  rows.push(
    row('auth, compression, cors, rate limit', 'Fastify 5', isNew ? 1.05 : 1.2),
    row('auth, compression, cors, rate limit', 'node:http', isNew ? 1.2 : 1.35),
    row('all four, an exporter configured', peer, 0.2),
    row('cors, an Origin that may', 'no guard, an Origin', undefined),
    row('auth, refused with 401', 'no guard, an Origin', undefined),
    row('rate limit, refused with 429', 'no guard, an Origin', undefined),
    row('the same, compressed', '6 KiB of JSON', undefined),
  );
  return { rows, notes: idleServers(results) };
}
