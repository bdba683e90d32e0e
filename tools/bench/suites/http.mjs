import { major } from '../lib/machine.mjs';
import { profileSides } from '../lib/profiles.mjs';
import { toRow } from '../lib/row.mjs';
import { idleServers, Servers } from '../lib/servers.mjs';

export const title = 'http: GET /hello/:name, 64 connections, one core for the server';
export const pairs = 7;

const sides = {
  patron: { file: 'programs/hello-patron.mjs' },
  'Fastify 5': { file: 'peers/hello-fastify.mjs' },
  'node:http': { file: 'programs/hello-node.mjs' },
};

/**
 * Go patron, its default component, tracing on at the default sampler, route metrics: CPU time of a request as a multiple of
 * raw node:http on Node 20 beside it, one core, 64 connections, the same answer. Measured outside of this repository, which has
 * no Go in it; raw node:http is measured in each run and carries the ratio over to this machine.
 */
const go = { name: 'Go patron v0.45 (1.41 x node:http, measured apart)', timesRaw: 1.41 };

// Node's AsyncLocalStorage costs more before Node 24.
const goals = (/** @type {string} */ node) =>
  major(node) >= 24 ? { go: 0.8, 'Fastify 5': 1.05, 'node:http': 1.2 } : { go: 0.95, 'Fastify 5': 1.2, 'node:http': 1.35 };

const gatewayHeaders = [
  'X-Correlation-Id: 0b9c3b5e-6f1e-4c0e-9a53-5d1b7f6a2c11',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00',
];

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, machine, progress) {
  const servers = new Servers(sides, settings, { headers: settings.headers ? gatewayHeaders : [] });
  const results = await servers.inTurn(progress);
  const goal = goals(machine.node);
  const cpu = (/** @type {string} */ side) => (results[side] ?? []).map((one) => one.cpuUs);
  const rate = (/** @type {string} */ side) => (results[side] ?? []).map((one) => one.perSecond);
  const against = /** @type {const} */ (['Fastify 5', 'node:http']);
  const row = { what: 'CPU per request', unit: 'µs', ours: cpu('patron') };
  const rows = [
    toRow({ ...row, against: go.name, theirs: cpu('node:http').map((us) => us * go.timesRaw), maxRatio: goal.go }),
    ...against.map((side) => toRow({ ...row, against: side, theirs: cpu(side), maxRatio: goal[side] })),
    ...against.map((side) => toRow({ what: 'throughput', against: side, unit: '/s', ours: rate('patron'), theirs: rate(side) })),
  ];
  const notes = settings.headers ? ['each request carried traceparent and X-Correlation-Id'] : [];
  const { profile: folder } = settings;
  const reports = folder === undefined ? [] : await profileSides(servers, { folder, what: 'http', base: 'node:http', progress });
  return { rows, notes: [...notes, ...idleServers(results)], reports };
}
