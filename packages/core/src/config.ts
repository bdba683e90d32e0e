import type { RequestListener } from 'node:http';
import type { Level } from '@patron/log';
import {
  type MetricsConfig,
  metricsProblems,
  type MetricsPushConfig,
  resolveMetricsPush,
  resolveTracing,
  type TracingConfig,
} from '@patron/trace';
import { host, milliseconds, port } from './check.ts';
import type { Component, Resource } from './component.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { ConfigurationError } from './errors.ts';
import { type ListenerConfig, resolveListener } from './http/listener-options.ts';
import { MANAGEMENT_PATHS } from './management/endpoints.ts';
import type { HttpServerOptions, ServiceOptions } from './options.ts';
import { show } from './show.ts';
import type { StatusSet } from './status-set.ts';

/** What a service runs by: options over environment over defaults, every value checked. */
export interface Config {
  name: string;
  version: string;
  level: Level;
  http: ListenerConfig & { handler: RequestListener | undefined };
  management: { port: number | undefined; host: string | undefined; debug: 'loopback' | 'all' | 'off'; heapProfiling: boolean };
  tracing: TracingConfig;
  metrics: MetricsConfig;
  metricsPush: MetricsPushConfig | undefined;
  /** Which answers are logged as errors; undefined where the environment does not say. */
  errorStatuses: StatusSet | undefined;
  /** Undefined: nobody looks. */
  blockedMs: number | undefined;
  components: readonly Component[];
  resources: readonly Resource[];
  delayMs: number;
  timeoutMs: number;
}

/** Resolves options and environment. @throws ConfigurationError with everything that is wrong */
export function resolveConfig(options: ServiceOptions, env: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const environment = readEnvironment(env, problems);
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError('the service', ['its options are missing: { name, … }']);
  const name: unknown = options.name;
  if (typeof name !== 'string' || name.trim() === '') problems.push(`name is ${show(name)}: a service needs a name`);
  if (options.version !== undefined && typeof options.version !== 'string')
    problems.push(`version is ${show(options.version)}: it takes a string`);
  const config: Config = {
    name: String(name),
    version: options.version === undefined || options.version === '' ? 'dev' : options.version,
    level: environment.logLevel ?? 'info',
    http: resolveHttp(options.http, environment, problems),
    management: resolveManagement(options.management, problems),
    tracing: resolveTracing(
      options.tracing ?? {},
      {
        host: environment.jaegerHost,
        port: environment.jaegerPort,
        samplerType: environment.samplerType,
        samplerParam: environment.samplerParam,
      },
      env,
      problems,
    ),
    metrics: options.metrics ?? {},
    metricsPush: resolveMetricsPush(options.metrics ?? {}, env, problems),
    errorStatuses: environment.statusErrorLogging,
    blockedMs: milliseconds('watchdog.blockedMs', options.watchdog?.blockedMs, 10, problems),
    components: options.components ?? [],
    resources: options.resources ?? [],
    ...resolveShutdown(options.shutdown, environment, problems),
  };
  problems.push(...metricsProblems(config.metrics));
  checkNamed('components', config.components, 'run', problems);
  checkNamed('resources', config.resources, 'close', problems);
  checkRoutes(config.http.handler, problems);
  for (const check of ['aliveCheck', 'readyCheck', 'onHangup', 'logger'] as const) {
    if (options[check] !== undefined && typeof options[check] !== 'function')
      problems.push(`${check} is ${show(options[check])}: it takes a function`);
  }
  checkPorts(config, problems);
  if (problems.length > 0) {
    const service = typeof name === 'string' && name !== '' ? `service ${JSON.stringify(name)}` : 'the service';
    throw new ConfigurationError(service, [...new Set(problems)]); // spans and metrics share some variables
  }
  return config;
}

function resolveHttp(http: ServiceOptions['http'], environment: Environment, problems: string[]): Config['http'] {
  const options: HttpServerOptions = typeof http === 'function' ? { handler: http } : (http ?? {});
  if (typeof options !== 'object') problems.push(`http is ${show(http)}: it takes a request listener or options`);
  if (options.handler !== undefined && typeof options.handler !== 'function')
    problems.push(`http.handler is ${show(options.handler)}: it takes a request listener`);
  const { handler, ...listener } = options;
  return { ...resolveListener('http.', listener, { ...environment, port: environment.port ?? 50_000 }, problems), handler };
}

function resolveManagement(management: ServiceOptions['management'], problems: string[]): Config['management'] {
  const debug = management?.debug ?? 'loopback';
  const heapProfiling = management?.heapProfiling ?? false;
  if (typeof heapProfiling !== 'boolean') problems.push(`management.heapProfiling is ${show(heapProfiling)}: it takes true or false`);
  if (!['loopback', 'all', 'off'].includes(debug)) problems.push(`management.debug is ${show(debug)}: it takes loopback, all or off`);
  return {
    port: port('management.port', management?.port, problems),
    host: host('management.host', management?.host, problems),
    debug,
    heapProfiling,
  };
}

/** In a pod the delay is there without being asked for, so it has to give way to a short deadline; one that was asked for does not. */
const POD_DELAY_MS = 5000;

function resolveShutdown(
  shutdown: ServiceOptions['shutdown'],
  environment: Environment,
  problems: string[],
): Pick<Config, 'delayMs' | 'timeoutMs'> {
  const asked = milliseconds('shutdown.delayMs', shutdown?.delayMs, 0, problems) ?? environment.shutdownDelayMs;
  const timeoutMs = milliseconds('shutdown.timeoutMs', shutdown?.timeoutMs, 1, problems) ?? environment.shutdownTimeoutMs ?? 30_000;
  if (asked !== undefined && asked >= timeoutMs) {
    problems.push(
      `the delay of the stop is ${asked} ms and its deadline ${timeoutMs} ms: nothing would be left to finish work in ` +
        '(shutdown.delayMs or PATRON_SHUTDOWN_DELAY, shutdown.timeoutMs or PATRON_SHUTDOWN_TIMEOUT)',
    );
  }
  return { delayMs: asked ?? (environment.kubernetes ? Math.min(POD_DELAY_MS, Math.floor(timeoutMs / 2)) : 0), timeoutMs };
}

function checkNamed(option: 'components' | 'resources', list: readonly unknown[], method: 'run' | 'close', problems: string[]): void {
  if (!Array.isArray(list)) {
    problems.push(`${option} is ${show(list)}: it takes a list`);
    return;
  }
  const names = new Set<string>();
  list.forEach((entry: unknown, i) => {
    const { name, [method]: fn } = (entry ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string' || name === '')
      problems.push(`${option}[${i}] has the name ${show(name)}: it takes a string that is not empty`);
    else if (names.has(name) || (option === 'components' && name === 'http'))
      problems.push(`${option}[${i}] has the name ${show(name)}, which is taken`);
    else names.add(name);
    if (typeof fn !== 'function') problems.push(`${option}[${i}] (${show(name)}) has no ${method}()`);
  });
}

function checkPorts({ http: { port: taken, host: there, socketPath }, management }: Config, problems: string[]): void {
  if (taken === 0 || socketPath !== undefined || management.port !== taken || (management.host ?? there) !== there) return;
  problems.push(`management.port is ${taken}, the port of http: leave it out to share that one`);
}

/** The listener of @patron/http has its routes attached; looked at by shape, as core imports no transport. */
function checkRoutes(handler: RequestListener | undefined, problems: string[]): void {
  const { list } = (handler ?? {}) as { list?: unknown };
  if (!Array.isArray(list)) return;
  for (const route of list as readonly { method?: unknown; path?: unknown }[]) {
    // An optional param may be absent: `/ready/:probe?` answers `/ready` too.
    const answered = String(route?.path).replace(/\/:[^/]*\?$/, '');
    if ((MANAGEMENT_PATHS as readonly string[]).includes(answered)) {
      problems.push(`route ${String(route.method)} ${String(route.path)} stands on a management path: choose another`);
    }
  }
}
