import { log } from '@patron/log';
import type { Registry } from '../metrics/registry.ts';
import type { ExportResult, Resource } from '../spans/finished-span.ts';
import { outsideOfAll } from '../spans/suppress.ts';
import { type ResourceMetrics, toBatches } from './metrics-data.ts';

/** Where metrics are pushed to: `PushMetricExporter` of the OpenTelemetry SDK, by shape. */
export interface MetricExporter {
  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

/** How often, and how long one push may take. */
export interface PushTimes {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** How long the last push of a stop may take, with the closing of the exporter. */
const LAST_PUSH_MS = 2000;

/** Pushes a registry every so often. A push that takes longer than that is not overtaken by the next. */
export class MetricsPush {
  readonly #registry: Registry;
  readonly #resource: Resource;
  readonly #exporter: MetricExporter;
  readonly #timeoutMs: number;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  /** Pushes in a row that failed. */
  #missed = 0;
  #refuses = false;

  constructor(registry: Registry, resource: Resource, exporter: MetricExporter, { intervalMs, timeoutMs }: PushTimes) {
    this.#registry = registry;
    this.#resource = resource;
    this.#exporter = exporter;
    this.#timeoutMs = timeoutMs;
    this.#timer = outsideOfAll(() => setInterval(() => void this.push(), intervalMs)).unref();
  }

  /** Pushes now, or joins the push that is going on. Never rejects. */
  push(): Promise<void> {
    this.#running ??= outsideOfAll(() => this.#push()).finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** One last push, and the end. Never rejects; ends when `signal` aborts, and after two seconds at the latest. */
  async close(signal?: AbortSignal): Promise<void> {
    clearInterval(this.#timer);
    const limit = new Limit(LAST_PUSH_MS, signal);
    // What is being pushed now was read before the end.
    const last = Promise.resolve(this.#running).then(() => (limit.hasPassed ? undefined : this.push()));
    await Promise.race([last, limit.passed]);
    // What is still on its way is given up by that, and answers.
    await Promise.race([this.#close(), limit.passed]);
    limit.clear();
  }

  async #close(): Promise<void> {
    try {
      await this.#exporter.shutdown();
    } catch (error) {
      log.warn('the metric exporter did not close in order', { error });
    }
  }

  async #push(): Promise<void> {
    const limit = new Limit(this.#timeoutMs).unref();
    try {
      this.#tell(await Promise.race([this.#export(limit), limit.passed.then(() => this.#late())]));
    } catch (error) {
      this.#tell({ code: 1, error: error as Error });
    } finally {
      limit.clear();
    }
  }

  /** Batch by batch. The first that fails ends it: where one is not taken, none is. */
  async #export(limit: Limit): Promise<ExportResult> {
    const unread = (metric: string, error: unknown): void => log.error('metric can not be read', { metric, error });
    let rejected = 0;
    for await (const batch of toBatches(this.#registry, this.#resource, unread)) {
      if (limit.hasPassed) break;
      const result = await new Promise<ExportResult>((resolve) => this.#exporter.export(batch, resolve));
      if (result.code !== 0) return result;
      rejected += result.rejected ?? 0;
    }
    return { code: 0, rejected };
  }

  #late(): ExportResult {
    return { code: 1, error: new Error(`the exporter did not answer within ${this.#timeoutMs} ms`) };
  }

  /** A line when it begins and one when it is over: a collector that is away for a night must not fill the log. */
  #tell({ code, error, rejected = 0 }: ExportResult): void {
    if (code !== 0) {
      if (this.#missed++ === 0) log.warn('metrics are not delivered', { problem: error?.message });
      return;
    }
    if (this.#missed > 0) log.info('metrics are delivered again', { missed: this.#missed });
    if (rejected > 0 && !this.#refuses) log.warn('metrics are refused in part by the collector', { points: rejected });
    this.#missed = 0;
    this.#refuses = rejected > 0;
  }
}

/** A moment that comes after so many milliseconds, or with a signal. */
class Limit {
  readonly passed: Promise<void>;
  hasPassed = false;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #pass: () => void;

  constructor(ms: number, signal?: AbortSignal) {
    const { promise, resolve } = withResolvers();
    this.passed = promise;
    this.#pass = () => {
      this.hasPassed = true;
      this.clear();
      resolve();
    };
    this.#timer = setTimeout(this.#pass, ms);
    this.#signal = signal;
    if (signal?.aborted === true) this.#pass();
    else signal?.addEventListener('abort', this.#pass);
  }

  /** The process may end before it. */
  unref(): this {
    this.#timer.unref();
    return this;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#pass);
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
