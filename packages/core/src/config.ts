import type { RequestListener } from 'node:http';
import type { ServerOptions as TlsOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Level } from '@patron/log';
import type { Component, Resource } from './component.ts';
import { LONGEST_MS } from './duration.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { ConfigurationError } from './errors.ts';
import { MANAGEMENT_PATHS } from './management/endpoints.ts';
import type { HttpServerOptions, ServiceOptions } from './options.ts';

/** What a service runs by: options over environment over defaults, every value checked. */
export interface Config {
  name: string;
  version: string;
  level: Level;
  http: Required<Pick<HttpServerOptions, 'port' | 'readTimeoutMs' | 'writeTimeoutMs' | 'keepAliveTimeoutMs'>> & {
    handler: RequestListener | undefined;
    host: string | undefined;
    tls: TlsOptions | undefined;
  };
  management: { port: number | undefined; host: string | undefined; debug: 'loopback' | 'all' | 'off' };
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
    components: options.components ?? [],
    resources: options.resources ?? [],
    ...resolveShutdown(options.shutdown, environment, problems),
  };
  checkNamed('components', config.components, 'run', problems);
  checkNamed('resources', config.resources, 'close', problems);
  checkRoutes(config.http.handler, problems);
  for (const check of ['aliveCheck', 'readyCheck', 'onHangup', 'logger'] as const) {
    if (options[check] !== undefined && typeof options[check] !== 'function')
      problems.push(`${check} is ${show(options[check])}: it takes a function`);
  }
  const { http, management } = config;
  if (management.port !== undefined && management.port === http.port && http.port !== 0 && (management.host ?? http.host) === http.host) {
    problems.push(`management.port is ${management.port}, the port of http: leave it out to share that one`);
  }
  if (problems.length > 0)
    throw new ConfigurationError(typeof name === 'string' && name !== '' ? `service ${JSON.stringify(name)}` : 'the service', problems);
  return config;
}

function resolveHttp(http: ServiceOptions['http'], environment: Environment, problems: string[]): Config['http'] {
  const options: HttpServerOptions = typeof http === 'function' ? { handler: http } : (http ?? {});
  if (typeof options !== 'object') problems.push(`http is ${show(http)}: it takes a request listener or options`);
  if (options.handler !== undefined && typeof options.handler !== 'function')
    problems.push(`http.handler is ${show(options.handler)}: it takes a request listener`);
  checkTls(options.tls, problems);
  return {
    handler: options.handler,
    host: host('http.host', options.host, problems),
    tls: options.tls,
    port: port('http.port', options.port, problems) ?? environment.port ?? 50_000,
    readTimeoutMs: milliseconds('http.readTimeoutMs', options.readTimeoutMs, 1, problems) ?? environment.readTimeoutMs ?? 30_000,
    writeTimeoutMs: milliseconds('http.writeTimeoutMs', options.writeTimeoutMs, 1, problems) ?? environment.writeTimeoutMs ?? 60_000,
    keepAliveTimeoutMs: milliseconds('http.keepAliveTimeoutMs', options.keepAliveTimeoutMs, 1, problems) ?? 75_000,
  };
}

/** A key that does not fit is found here, with the rest, and not by whoever connects first. */
function checkTls(tls: TlsOptions | undefined, problems: string[]): void {
  if (tls === undefined) return;
  try {
    createSecureContext(tls);
  } catch (error) {
    problems.push(`http.tls can't be used: ${(error as Error).message}`);
  }
}

function resolveManagement(management: ServiceOptions['management'], problems: string[]): Config['management'] {
  const debug = management?.debug ?? 'loopback';
  if (!['loopback', 'all', 'off'].includes(debug)) problems.push(`management.debug is ${show(debug)}: it takes loopback, all or off`);
  return { port: port('management.port', management?.port, problems), host: host('management.host', management?.host, problems), debug };
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

function host(name: string, value: string | undefined, problems: string[]): string | undefined {
  if (value !== undefined && (typeof value !== 'string' || value === ''))
    problems.push(`${name} is ${show(value)}: it takes a name or an address`);
  return value;
}

function port(name: string, value: number | undefined, problems: string[]): number | undefined {
  if (value !== undefined && !(Number.isInteger(value) && value >= 0 && value <= 65_535))
    problems.push(`${name} is ${show(value)}: it takes a port, 0 to 65535`);
  return value;
}

function milliseconds(name: string, value: number | undefined, least: number, problems: string[]): number | undefined {
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= LONGEST_MS)) {
    problems.push(`${name} is ${show(value)}: it takes whole milliseconds, ${least} to ${LONGEST_MS}`);
  }
  return value;
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

/** The listener of @patron/http has its routes attached; looked at by shape, as core imports no transport. */
function checkRoutes(handler: RequestListener | undefined, problems: string[]): void {
  const { list } = (handler ?? {}) as { list?: unknown };
  if (!Array.isArray(list)) return;
  for (const route of list as readonly { method?: unknown; path?: unknown }[]) {
    if ((MANAGEMENT_PATHS as readonly unknown[]).includes(route?.path)) {
      problems.push(`route ${String(route.method)} ${String(route.path)} stands on a management path: choose another`);
    }
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  return typeof value === 'object' && value !== null ? 'an object' : typeof value === 'function' ? 'a function' : String(value);
}
