import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';
import { idleServers, otherCore, Servers } from '../lib/servers.mjs';
import { SpanLedger } from '../lib/span-ledger.mjs';
import { instrumented, tracesOnly, withEnv } from '../lib/telemetry.mjs';

export const title = 'tracing: GET /hello/:name, every request recorded, spans to a collector by OTLP/HTTP, 64 connections';
export const pairs = 7;

const maxRatio = 0.4;

// The queue is the same for all, and so is how long a batch that is not full waits; the longer default would only keep us waiting.
const batchDelayMs = 500;
const queueSize = 8192;

/** How many spans a request makes: the server's; besides it that of node:http, the handler's, and one for each of two hooks. */
const spansOfRequest = {
  patron: 1,
  'Fastify 5, OTel, metrics, pino': 5,
  'the same, lean': 2,
};

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, _machine, progress) {
  const receiver = new Program(programFile('programs/otlp-receiver.mjs'), { node: settings.node, core: otherCore });
  try {
    const { port } = await receiver.ask({ command: 'listen' });
    const env = {
      ...tracesOnly,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER: 'always_on',
      OTEL_BSP_SCHEDULE_DELAY: String(batchDelayMs),
      OTEL_BSP_MAX_QUEUE_SIZE: String(queueSize),
    };
    const sides = withEnv(
      { patron: { file: 'programs/hello-patron.mjs' }, ...instrumented, 'node:http': { file: 'programs/hello-node.mjs' } },
      env,
    );
    const ledger = new SpanLedger(receiver, spansOfRequest, queueSize);
    const results = await new Servers(sides, settings, { afterwards: ledger.close }).inTurn(progress);
    const cpu = (/** @type {string} */ side) => (results[side] ?? []).map((one) => one.cpuUs);
    const row = { what: 'CPU per request and its spans', unit: 'µs' };
    const [documented = '', lean = ''] = Object.keys(instrumented);
    return {
      rows: [
        toRow({ ...row, against: documented, ours: cpu('patron'), theirs: cpu(documented), maxRatio }),
        toRow({ ...row, against: lean, ours: cpu('patron'), theirs: cpu(lean) }),
        toRow({ ...row, against: 'node:http', ours: cpu('patron'), theirs: cpu('node:http') }),
      ],
      notes: [...ledger.notes(), ...idleServers(results)],
    };
  } finally {
    await receiver.end();
  }
}
