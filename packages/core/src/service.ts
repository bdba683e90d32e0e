import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { log, setLevel, setup as setupLog } from '@patron/log';
import { winston } from '@patron/log/winston';
import { holdSdk, metrics, setUpWith as setUpTelemetry, shutdown as shutDownTelemetry } from '@patron/trace';
import { announceReadiness } from './announce.ts';
import { type Config, resolveConfig } from './config.ts';
import { onAbort } from './deadline.ts';
import { formatDuration } from './duration.ts';
import { ServiceError, toError } from './errors.ts';
import { Front } from './front.ts';
import { hangUp } from './hangup.ts';
import { reportHolders } from './holders.ts';
import { tellService } from './service-metrics.ts';
import { managementHandler } from './management/endpoints.ts';
import { ProfileRecorder } from './management/pprof/recorder.ts';
import type { ReadyReport } from './management/health.ts';
import type { ServiceOptions } from './options.ts';
import { setErrorStatuses } from './http/error-statuses.ts';
import { closeResources } from './resources.ts';
import { listenToSignals, logLastWords } from './signals.ts';
import { StopRequest } from './stop-request.ts';
import { Supervisor } from './supervisor.ts';
import type { Watchdog } from './watchdog/watchdog.ts';

/** How long a connection has to be quiet in the drain before it is closed: a balancer may have a request on the wire. */
const QUIET_MS = 1000;
/** At SIGINT a person waits. */
const QUIET_AT_SIGINT_MS = 100;

/**
 * Runs components: sets up logging, tracing and metrics, serves the management endpoints, watches, and takes everything down
 * without losing work.
 *
 * @example
 * ```ts
 * import { Service } from '@patron/core';
 *
 * const service = new Service({
 *   name: 'hello',
 *   http: (request, response) => response.end('hello'),
 * });
 * await service.run(AbortSignal.timeout(100)); // without a signal: until SIGINT or SIGTERM
 * ```
 */
export class Service {
  readonly #options: ServiceOptions;
  readonly #config: Config;
  readonly #supervisor: Supervisor;
  readonly #front: Front;
  readonly #startedAt = new Date();
  readonly #stopRequest = new StopRequest();
  readonly #stopping = new AbortController();
  readonly #recorder = new ProfileRecorder();
  #watchdog: Watchdog | undefined;
  #phase: ReadyReport['phase'] = 'starting';
  #listening = false;
  /** Set where an OpenTelemetry SDK was registered first. */
  #releaseSdk: (() => void) | undefined;
  #ran = false;

  /** @throws ConfigurationError that lists every bad option and every bad variable of the environment. */
  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#config = resolveConfig(options, process.env);
    this.#supervisor = new Supervisor(this.#config.components, (reason) => this.#stopRequest.make(reason));
    this.#front = new Front(
      this.#config,
      managementHandler({
        aliveCheck: options.aliveCheck,
        readyCheck: options.readyCheck,
        readiness: () => ({ phase: this.#phase, reasons: this.#supervisor.reasons() }),
        info: () => this.#info(),
        debug: this.#config.management.debug,
        recorder: this.#recorder,
        stopping: this.#stopping.signal,
      }),
    );
  }

  /**
   * Starts, and resolves after an orderly stop: at SIGINT, SIGTERM, or when `signal` aborts. A service runs once.
   *
   * @throws ServiceError with everything that failed: the listener, a component (also one that returned early or did not
   * stop in time), a resource that did not close. The rest was stopped in order all the same.
   */
  async run(signal?: AbortSignal): Promise<void> {
    if (this.#ran) {
      throw Object.assign(new Error(`service ${JSON.stringify(this.#config.name)} has run already: make a new one`), {
        code: 'PATRON_SERVICE_RAN',
      });
    }
    this.#ran = true;
    const startedAt = performance.now();
    const failures: Error[] = [];
    const unlisten = listenToSignals({
      stop: (name) => (name === 'SIGINT' ? this.#stopRequest.interrupt() : this.#stopRequest.make(name)),
      hangup: () => void this.#hangup(),
    });
    const unwatch = logLastWords();
    const { name, version } = this.#config;
    const untell = tellService({ name, version, supervisor: this.#supervisor, phase: () => this.#phase });
    const unbind = signal && onAbort(signal, () => this.#stopRequest.make("the caller's signal"));
    try {
      const problem = await this.#start();
      if (problem !== undefined) failures.push(problem);
      const unannounce = this.#phase === 'running' ? announceReadiness(this.#supervisor, startedAt) : undefined;
      const reason = problem === undefined ? await this.#stopRequest.reason : 'the start failed';
      unannounce?.();
      failures.push(...(await this.#stop(reason, failures.length > 0)));
    } finally {
      unbind?.();
      unlisten();
      unwatch();
      untell();
      this.#releaseSdk?.();
      this.#recorder.close();
      await this.#watchdog?.close();
    }
    // Who brought a signal of their own may well go on with something else.
    if (signal === undefined) reportHolders();
    if (failures.length > 0) throw new ServiceError(this.#config.name, failures);
  }

  /** @returns why it could not */
  async #start(): Promise<Error | undefined> {
    try {
      await this.#setUp();
      if (this.#stopRequest.made) return undefined;
      await this.#front.open();
      this.#listening = true;
      if (this.#stopRequest.made) return undefined;
      this.#phase = 'running';
      this.#supervisor.start();
      return undefined;
    } catch (thrown) {
      const error = toError(thrown);
      const { code, component } = error as { code?: unknown; component?: unknown };
      log.error(error.message, {
        ...(component !== undefined && { component }),
        ...(code !== undefined && { code }),
        ...('cause' in error && { error: error.cause }),
      });
      return error;
    }
  }

  async #setUp(): Promise<void> {
    const { name, version, level, tracing, metrics: metricsConfig, metricsPush, errorStatuses } = this.#config;
    const fields = { srv: name, ver: version, host: hostname() };
    setupLog(this.#options.logger ?? winston(), { ...this.#options.logFields, ...fields });
    setLevel(level);
    setErrorStatuses(errorStatuses);
    if (this.#config.management.heapProfiling) await this.#recorder.recordHeap();
    if (this.#config.blockedMs !== undefined) this.#watchdog = await startWatchdog(this.#config.blockedMs, fields);
    log.info('service starting', { pid: process.pid, node: process.version });
    metrics.configure(metricsConfig);
    const { context, spans, tracing: applies } = await setUpTelemetry({ name, version }, tracing, metricsPush);
    if (spans === 'sdk') this.#releaseSdk = holdSdk();
    if (context === 'sdk' || Object.keys(applies).length > 0) log.info('tracing', { spans, context, ...applies });
  }

  /** One deadline over it all; each step says how long it took. @returns what failed meanwhile */
  async #stop(reason: string, hasFailed: boolean): Promise<readonly Error[]> {
    const { delayMs, timeoutMs, resources } = this.#config;
    const startedAt = performance.now();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error(`the stop took longer than ${formatDuration(timeoutMs)}`)), timeoutMs);
    const wasRunning = this.#phase === 'running';
    this.#phase = 'stopping';
    this.#stopping.abort();
    log.info('stopping', { reason, timeoutMs });
    if (wasRunning) await this.#delay(delayMs, deadline.signal);
    const quietMs = this.#stopRequest.hurry.aborted ? QUIET_AT_SIGINT_MS : QUIET_MS;
    // Requests are served until the components have stopped too: some of them may be waiting for what those do.
    await Promise.all([
      this.#listening ? this.#front.drain(quietMs, deadline.signal) : undefined,
      wasRunning ? this.#supervisor.stop(deadline.signal, timeoutMs) : undefined,
    ]);
    const cut = await this.#front.endServing(deadline.signal);
    const failures: Error[] = [...this.#supervisor.failures, ...(cut === undefined ? [] : [cut])];
    failures.push(...(await closeResources(resources, deadline.signal)));
    // After all that could still have something to tell, and before the last probe.
    await flushTelemetry(deadline.signal);
    await this.#front.close(deadline.signal);
    clearTimeout(timer);
    const durationMs = Math.round(performance.now() - startedAt);
    if (failures.length === 0 && !hasFailed) log.info('stopped', { durationMs });
    else log.error('stopped after a failure', { durationMs, failures: failures.length + (hasFailed ? 1 : 0) });
    return failures;
  }

  /** Not ready, and all is served on: balancers take a moment to look away. Not at SIGINT, nor when one comes meanwhile. */
  async #delay(delayMs: number, deadline: AbortSignal): Promise<void> {
    const { hurry } = this.#stopRequest;
    if (delayMs === 0 || hurry.aborted) return;
    const startedAt = performance.now();
    await sleep(delayMs, undefined, { signal: AbortSignal.any([deadline, hurry]) }).catch(() => undefined);
    log.info('stop: not ready, served on for balancers to look away', { durationMs: Math.round(performance.now() - startedAt) });
  }

  async #hangup(): Promise<void> {
    const { onHangup } = this.#options;
    try {
      const done = await hangUp();
      await onHangup?.();
      if (onHangup !== undefined) log.info('SIGHUP: onHangup is done');
      else if (!done) log.info('SIGHUP: nothing to do, option onHangup');
    } catch (error) {
      log.error('onHangup failed, the service goes on', { error });
    }
  }

  #info(): Record<string, unknown> {
    const { name, version } = this.#config;
    return {
      name,
      version,
      phase: this.#phase,
      startedAt: this.#startedAt.toISOString(),
      pid: process.pid,
      node: process.version,
      components: this.#supervisor.info(),
    };
  }
}

/** What is queued goes out, within limits of its own: a dead collector must not make a stop late. */
async function flushTelemetry(deadline: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  const isExporting = await shutDownTelemetry(deadline);
  if (isExporting) log.info('stop: telemetry flushed', { durationMs: Math.round(performance.now() - startedAt) });
}

/** Loaded only where it is asked for. A service that may have no threads (`--permission`) starts all the same, and says so. */
async function startWatchdog(blockedMs: number, fields: Readonly<Record<string, string>>): Promise<Watchdog | undefined> {
  const { Watchdog: Started } = await import('./watchdog/watchdog.ts');
  try {
    return new Started(blockedMs, fields);
  } catch (error) {
    log.warn('the event loop is not watched, option watchdog', { error });
    return undefined;
  }
}
