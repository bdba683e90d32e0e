import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cache } from '../../setup/environment.mjs';

/** The benchmarks, each a module of suites/. */
export const names = {
  client: 'a call with a JSON answer, everything on, against undici and fetch',
  http: 'a route with a JSON answer, everything on, against Go patron, Fastify and node:http (P0, P1, P3)',
  telemetry: 'the same, against Fastify with OpenTelemetry, fastify-metrics and pino, nothing sampled (P2)',
  tracing: 'the same with every request recorded and exported by OTLP (P4)',
  collector: 'the same beside a collector that is dead, stalled, slow or busy: what it costs (promise 20)',
  memory: 'the same for ten minutes: what stays behind (promise 25)',
  guards: 'the same with auth, compression, CORS, rate limit around it, hit and not (P1 to P3 again)',
  soak: 'examples/http-secure with everything on for ten minutes: what stays behind (promise 25)',
  growth: 'a request to a service of 10 to 10,000 routes (P17)',
  install: 'what an installation brings, against NestJS and Fastify (P16)',
  kafka: 'reading, handlers of 5 ms by key, writing, on Apache Kafka, against node-rdkafka and kafkajs (P6, P7, P8)',
  backlog: 'a slow handler with a million records waiting on Apache Kafka: what it takes of memory (P15)',
  lanes: 'a record by the number of lanes, through the pipeline alone (P17)',
  log: 'a level that is off, a line, a sub-logger, against pino and winston (P13)',
  metrics: 'a call by the number of series, a scrape of 170,000 lines, against prom-client and itself (P17)',
  start: 'from process start to the first answer, against Fastify and NestJS (P14)',
};

export const usage = `usage: pnpm bench <name> [options]

${Object.entries(names)
  .map(([name, what]) => `  ${name.padEnd(15)} ${what}`)
  .join('\n')}

  --pairs N       how many pairs; at least five for a verdict
  --node 24       the Node that runs both sides, by version (installed below .cache) or path (default: this one)
  --headers       http: each request carries traceparent and x-correlation-id, as behind a gateway
  --profile [DIR] http: each side once more with a CPU profile and its flame graph (default: .cache/bench/profiles)
  --quick         three pairs, fewer operations: shows that it works, decides nothing
  --json FILE     writes everything that was measured, too
  --no-build      measures what was built last`;

const profileFolder = join(cache, 'bench', 'profiles');

/**
 * @param {readonly string[]} argv
 * @throws {Error} with a sentence for the person at the keyboard
 */
export function readArguments(argv) {
  const { values, positionals } = parseArgs({
    args: withProfileFolder(argv),
    allowPositionals: true,
    allowNegative: true,
    options: {
      pairs: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      headers: { type: 'boolean', default: false },
      profile: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      build: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const pairs = values.pairs === undefined ? undefined : Number(values.pairs);
  if (pairs !== undefined && !(Number.isInteger(pairs) && pairs > 0)) throw new Error(`--pairs takes a number from 1: ${values.pairs}`);
  const [name, ...more] = positionals;
  if (name !== undefined && !Object.hasOwn(names, name)) throw new Error(`there is no benchmark ${name}`);
  if (more.length > 0) throw new Error(`one benchmark at a time: ${positionals.join(' ')}`);
  const profile = values.profile === undefined ? undefined : resolve(values.profile);
  if (profile !== undefined && name !== undefined && name !== 'http') throw new Error(`--profile is for http, not for ${name}`);
  return { ...values, pairs, profile, name: values.help ? undefined : name };
}

/**
 * `--profile` may stand alone, which parseArgs does not offer.
 * @param {readonly string[]} argv
 */
function withProfileFolder(argv) {
  return argv.map((argument, index) => {
    const next = argv[index + 1];
    const isAlone = next === undefined || next.startsWith('-') || Object.hasOwn(names, next);
    return argument === '--profile' && isAlone ? `--profile=${profileFolder}` : argument;
  });
}
