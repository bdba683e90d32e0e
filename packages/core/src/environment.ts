import { LEVELS, parseLevel } from '@patron/log';
import { LONGEST_MS, parseDuration } from './duration.ts';
import { parseStatusSet, type StatusSet } from './status-set.ts';

/** One variable of the environment: what it means, what it takes, what it is without. */
export interface Variable<T> {
  readonly name: string;
  /** As the documentation shows it. */
  readonly default: string;
  /** One sentence for the table in docs/configuration.md. */
  readonly meaning: string;
  /** What is accepted, as an error says it. */
  readonly accepts: string;
  /** Undefined where the text is not accepted. */
  parse(text: string): T | undefined;
  /** Says more than `accepts` about a text that is not accepted, where there is more to say. */
  explain?(text: string): string | undefined;
}

const port: Variable<number> = {
  name: 'PATRON_HTTP_DEFAULT_PORT',
  default: '50000',
  meaning: 'Port of the default HTTP component: management endpoints and the application’s routes. 0 takes any free port and logs it.',
  accepts: 'a port, 0 to 65535',
  parse: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
};

const readTimeoutMs = positiveDuration(
  'PATRON_HTTP_READ_TIMEOUT',
  '30s',
  'How long a client may take to send a whole request, headers and body.',
);

const writeTimeoutMs = positiveDuration(
  'PATRON_HTTP_WRITE_TIMEOUT',
  '60s',
  'How long a connection may stand still while an answer is due, before it is cut.',
);

const logLevel: Variable<(typeof LEVELS)[number]> = {
  name: 'PATRON_LOG_LEVEL',
  default: 'info',
  meaning: 'The least severe level that is written, in any case.',
  accepts: `one of ${LEVELS.join(', ')}`,
  parse: parseLevel,
};

const jaegerHost: Variable<string> = {
  name: 'PATRON_JAEGER_AGENT_HOST',
  default: 'unset: no span leaves',
  meaning: 'Where spans go: OTLP over HTTP to this host. Needs `@opentelemetry/sdk-node`. `OTEL_EXPORTER_OTLP_ENDPOINT` wins.',
  accepts: 'a host name or an address, without scheme and port',
  parse: (text) => (/^(?:[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?)$/.test(text) ? text : undefined),
};

/** Of the agent that Jaeger removed: spans by UDP, in a format that nothing takes any more. */
const UDP_PORT = '6831';

const jaegerPort: Variable<number> = {
  name: 'PATRON_JAEGER_AGENT_PORT',
  default: '4318',
  meaning: 'The port there. 6831, of the UDP agent that Jaeger has removed, is refused.',
  accepts: 'a port, 1 to 65535',
  parse: (text) => (/^\d{1,5}$/.test(text) && text !== UDP_PORT && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined),
  explain: (text) =>
    text === UDP_PORT
      ? 'that was the UDP port of the Jaeger agent, which Jaeger has removed; spans go by OTLP over HTTP, port 4318: leave the variable out'
      : undefined,
};

const SAMPLERS = ['const', 'probabilistic', 'ratelimiting', 'remote'] as const;

const samplerType: Variable<(typeof SAMPLERS)[number]> = {
  name: 'PATRON_JAEGER_SAMPLER_TYPE',
  default: 'probabilistic',
  meaning: 'How traces that begin here are chosen: `const`, `probabilistic`, `ratelimiting`, `remote`. `OTEL_TRACES_SAMPLER` wins.',
  accepts: `one of ${SAMPLERS.join(', ')}`,
  parse: (text) => SAMPLERS.find((type) => type === text.toLowerCase()),
};

const samplerParam: Variable<number> = {
  name: 'PATRON_JAEGER_SAMPLER_PARAM',
  default: '0.0',
  meaning:
    '`const`: 0 or 1. `probabilistic`, `remote`: a share, 0 to 1 (`remote`: until its endpoint answers). `ratelimiting`: traces per second. 0.0: no trace starts here, a caller’s sampled trace goes on.',
  accepts: 'a number from 0',
  parse: (text) => (/^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined),
};

const statusErrorLogging: Variable<StatusSet> = {
  name: 'PATRON_HTTP_STATUS_ERROR_LOGGING',
  default: 'unset: 500 and above',
  meaning:
    'Which answers `accessLog()` of `@patron/http` logs as errors: statuses and intervals, `409;[500,600)`. It replaces the default.',
  accepts: 'statuses from 100 to 599 and intervals of them, separated by ";", such as 409;[500,600)',
  parse: parseStatusSet,
};

const shutdownDelayMs: Variable<number> = {
  name: 'PATRON_SHUTDOWN_DELAY',
  default: '5s in a Kubernetes pod (KUBERNETES_SERVICE_HOST is set) and at most half of the timeout, else 0s',
  meaning: 'After SIGTERM: how long /ready is false while everything is still served, so that balancers look away. SIGINT never waits.',
  accepts: 'a duration from 0s to 596h, such as 300ms or 1m30s',
  parse: wholeMilliseconds,
};

const shutdownTimeoutMs = positiveDuration('PATRON_SHUTDOWN_TIMEOUT', '30s', 'One deadline over the whole stop, the delay included.');

/** Every variable that patron reads. The start reads it once; docs/configuration.md shows it, and a check keeps the two equal. */
export const environmentTable = {
  port,
  readTimeoutMs,
  writeTimeoutMs,
  logLevel,
  jaegerHost,
  jaegerPort,
  samplerType,
  samplerParam,
  statusErrorLogging,
  shutdownDelayMs,
  shutdownTimeoutMs,
} as const;

/** The values of the environment; undefined where a variable is not set. */
export type Environment = { [K in keyof typeof environmentTable]: ReturnType<(typeof environmentTable)[K]['parse']> } & {
  /** Whether this is a pod: Kubernetes sets KUBERNETES_SERVICE_HOST in each. */
  kubernetes: boolean;
};

/** Reads the table. An empty variable counts as not set; a bad one adds a sentence to `problems`. */
export function readEnvironment(env: NodeJS.ProcessEnv, problems: string[]): Environment {
  const read = <T>(variable: Variable<T>): T | undefined => {
    const text = env[variable.name];
    if (text === undefined || text === '') return undefined;
    const value = variable.parse(text);
    if (value === undefined)
      problems.push(
        `${variable.name} is ${JSON.stringify(text.slice(0, 80))}: ${variable.explain?.(text) ?? `it takes ${variable.accepts}`}`,
      );
    return value;
  };
  return {
    port: read(port),
    readTimeoutMs: read(readTimeoutMs),
    writeTimeoutMs: read(writeTimeoutMs),
    logLevel: read(logLevel),
    jaegerHost: read(jaegerHost),
    jaegerPort: read(jaegerPort),
    samplerType: read(samplerType),
    samplerParam: read(samplerParam),
    statusErrorLogging: read(statusErrorLogging),
    shutdownDelayMs: read(shutdownDelayMs),
    shutdownTimeoutMs: read(shutdownTimeoutMs),
    kubernetes: (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '',
  };
}

function positiveDuration(name: string, standard: string, meaning: string): Variable<number> {
  return {
    name,
    default: standard,
    meaning,
    accepts: 'a duration above 0s, up to 596h, such as 300ms or 1m30s',
    parse: (text) => {
      const ms = wholeMilliseconds(text);
      return ms !== undefined && ms > 0 ? ms : undefined;
    },
  };
}

/** Timers know nothing shorter than a millisecond, and node:http takes whole ones only; what is above zero stays so. */
function wholeMilliseconds(text: string): number | undefined {
  const ms = parseDuration(text);
  if (ms === undefined || ms > LONGEST_MS) return undefined;
  return ms > 0 ? Math.max(1, Math.round(ms)) : ms;
}
