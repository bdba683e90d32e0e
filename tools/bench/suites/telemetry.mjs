import { devNull } from '../lib/outputs.mjs';
import { toRow } from '../lib/row.mjs';
import { idleServers, Servers } from '../lib/servers.mjs';
import { instrumented, tracesOnly, withEnv } from '../lib/telemetry.mjs';

export const title = 'telemetry: GET /hello/:name with tracing at ratio 0, metrics and a logger per request, 64 connections';
export const pairs = 7;

const maxRatio = 0.2;
const raw = { 'node:http': { file: 'programs/hello-node.mjs' } };

// No trace begins here, a caller's goes on: patron's default, and what most services run with that sample at the edge. Nothing
// is exported; that an exporter is there costs as in production.
const env = {
  ...tracesOnly,
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
};

const variants = [
  { what: 'no line', patron: 'programs/hello-patron.mjs', line: {} },
  { what: 'a line each', patron: 'programs/hello-patron-line.mjs', line: { LINE: 'yes' } },
];

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, _machine, progress) {
  const rows = [];
  const notes = ['patron as it comes: no option, no variable of its own'];
  for (const { what, patron, line } of variants) {
    const sides = { patron: { file: patron, env }, ...withEnv(instrumented, { ...env, ...line }), ...raw };
    const output = devNull();
    const results = await new Servers(sides, settings, { output: output.fd })
      .inTurn((text) => progress(`${what}, ${text}`))
      .finally(output.close);
    const cpu = (/** @type {string} */ side) => (results[side] ?? []).map((one) => one.cpuUs);
    const row = { what: `CPU per request, ${what}`, unit: 'µs' };
    Object.keys(instrumented).forEach((side, index) => {
      // The goal is for what every service does, lines or none, beside the peer as it is documented.
      const goal = index === 0 && line.LINE === undefined ? { maxRatio } : {};
      rows.push(toRow({ ...row, against: side, ours: cpu('patron'), theirs: cpu(side), ...goal }));
    });
    rows.push(toRow({ ...row, against: 'node:http', ours: cpu('patron'), theirs: cpu('node:http') }));
    for (const side of Object.keys(instrumented)) {
      rows.push(toRow({ ...row, what: `${side} itself, ${what}`, against: 'node:http', ours: cpu(side), theirs: cpu('node:http') }));
    }
    notes.push(...idleServers(results));
  }
  return { rows, notes };
}
