import { major } from '../lib/machine.mjs';
import { inTurn, median } from '../lib/pairs.mjs';
import { accepting, freePort } from '../lib/ports.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

export const title = 'http: GET /hello/:name, 64 connections, one core for the server';
export const pairs = 7;

const sides = {
  patron: 'programs/hello-patron.mjs',
  'Fastify 5': 'peers/hello-fastify.mjs',
  'node:http': 'programs/hello-node.mjs',
};

// Its AsyncLocalStorage costs more before Node 24.
const goals = (/** @type {string} */ node) =>
  major(node) >= 24 ? { 'Fastify 5': 1.05, 'node:http': 1.2 } : { 'Fastify 5': 1.2, 'node:http': 1.35 };

const serverCore = 0;
const clientCore = 1;
const connections = 64;
const body = '{"hello":"world"}';
const gatewayHeaders = [
  'X-Correlation-Id: 0b9c3b5e-6f1e-4c0e-9a53-5d1b7f6a2c11',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00',
];

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, machine, progress) {
  const client = new Program(programFile('programs/load.mjs'), { node: settings.node, core: clientCore });
  try {
    const results = await inTurn(
      settings.pairs,
      /** @type {(keyof typeof sides)[]} */ (Object.keys(sides)),
      (side) => serve(side, client, settings),
      progress,
    );
    const goal = goals(machine.node);
    const cpu = (/** @type {keyof typeof sides} */ side) => results[side].map((one) => one.cpuUs);
    const rate = (/** @type {keyof typeof sides} */ side) => results[side].map((one) => one.perSecond);
    const against = /** @type {const} */ (['Fastify 5', 'node:http']);
    const rows = [
      ...against.map((side) =>
        toRow({ what: 'CPU per request', against: side, unit: 'µs', ours: cpu('patron'), theirs: cpu(side), maxRatio: goal[side] }),
      ),
      ...against.map((side) => toRow({ what: 'throughput', against: side, unit: '/s', ours: rate('patron'), theirs: rate(side) })),
    ];
    const notes = settings.headers ? ['each request carried traceparent and X-Correlation-Id'] : [];
    return { rows, notes: [...notes, ...idleServers(results)] };
  } finally {
    await client.end();
  }
}

/**
 * One side, in a process of its own: warmed up, then measured over counted requests.
 * @param {keyof typeof sides} side
 * @param {Program} client
 * @param {import('../main.mjs').Settings} settings
 */
async function serve(side, client, { node, quick, headers }) {
  const port = await freePort();
  const env = { PORT: String(port), PATRON_HTTP_DEFAULT_PORT: String(port), NODE_ENV: 'production' };
  const server = new Program(programFile(sides[side]), {
    node,
    nodeArgs: ['--import', programFile('programs/cpu-meter.mjs')],
    core: serverCore,
    env,
  });
  const lines = [
    'GET /hello/world HTTP/1.1',
    `Host: localhost:${port}`,
    'User-Agent: patron-bench',
    'Accept: */*',
    ...(headers ? gatewayHeaders : []),
  ];
  const [warmUp, requests] = quick ? [5_000, 10_000] : [20_000, 40_000];
  try {
    await Promise.race([accepting(port), server.failed]);
    await client.ask({ command: 'open', port, connections, request: `${lines.join('\r\n')}\r\n\r\n`, body });
    await client.ask({ command: 'load', requests: warmUp }, 120_000);
    const before = await server.ask({});
    const { ms } = await client.ask({ command: 'load', requests }, 120_000);
    const { cpuMs } = await server.ask({});
    await client.ask({ command: 'close' });
    const used = cpuMs - before.cpuMs;
    return { cpuUs: (used * 1000) / requests, perSecond: (requests * 1000) / ms, busy: used / ms };
  } catch (error) {
    throw new Error(`${side}: ${/** @type {Error} */ (error).message}`, { cause: error });
  } finally {
    await server.end();
  }
}

/**
 * A server that waits for its client (or for a neighbour to leave the core) looks at fewer sockets each time it wakes, and
 * its throughput is not its own.
 * @param {Record<string, { busy: number }[]>} results
 */
function idleServers(results) {
  return Object.entries(results)
    .map(([side, values]) => ({ side, busy: median(values.map((one) => one.busy)) }))
    .filter(({ busy }) => busy < 0.9)
    .map(
      ({ side, busy }) =>
        `${side}: its server was busy ${Math.round(busy * 100)} % of the time only; its throughput says more about the client or the neighbours`,
    );
}
