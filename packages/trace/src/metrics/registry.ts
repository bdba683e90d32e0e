import { shared } from '@patron/log';
import { MetricError } from '../errors.ts';
import { areBounds, isCount, type MetricsConfig, metricsProblems, show } from './config.ts';
import { type ForeignMetric, foreignInstrument } from './foreign.ts';
import type { ScrapeFormat } from './format.ts';
import { type Collect, Counter, Gauge, Histogram, type Instrument, Labelled, type MetricOptions } from './instruments.ts';
import { checkNames } from './names.ts';
import type { CounterSeries } from './series.ts';
import { Turns } from './turns.ts';

/** Bucket bounds in seconds that the semantic conventions advise for request durations. */
export const DURATION_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** How long a scrape writes before the event loop turns, and how much it hands on at once. */
const STRETCH_MS = 5;
const PIECE_LENGTH = 256 * 1024;

/**
 * The metrics of a process. `GET /metrics` writes it; users put their own metrics into the same one.
 *
 * @example
 * ```ts
 * import { metrics } from '@patron/trace';
 *
 * const orders = metrics.counter({ name: 'orders_total', help: 'Orders taken, by channel.', labels: ['channel'] });
 * orders.labels({ channel: 'web' }).inc();
 * console.log(await metrics.scrape());
 * ```
 */
export class Registry {
  readonly #instruments = new Map<string, Instrument>();
  readonly #folded: Counter<'metric'>;
  readonly #turns = new Turns();
  #config: MetricsConfig = {};

  constructor() {
    const described = {
      name: 'patron_metric_series_folded_total',
      help: 'Look-ups of a series beyond the cap of its metric, folded into the series whose labels are _other.',
      labels: ['metric'] as const,
    };
    this.#folded = new Counter(described, { onFold: () => undefined });
    this.#instruments.set(this.#folded.name, this.#folded);
  }

  /**
   * A counter; the one that exists where the same was described before. `collect` runs at each scrape, for a total that is
   * counted elsewhere. @throws MetricError
   */
  counter<L extends string = never>(options: MetricOptions<L>, collect?: Collect<Counter<L>>): Counter<L> {
    if (!options.name.endsWith('_total')) throw new MetricError(`the name of counter "${options.name}" has to end in _total`);
    return this.#add('counter', options, (onFold) => new Counter(options, { onFold, collect }));
  }

  /** A gauge; `collect` runs at each scrape, for a value that is read and not kept. @throws MetricError */
  gauge<L extends string = never>(options: MetricOptions<L>, collect?: Collect<Gauge<L>>): Gauge<L> {
    return this.#add('gauge', options, (onFold) => new Gauge(options, { onFold, collect }));
  }

  /** A histogram; `collect` runs at each scrape, before it is written. @throws MetricError */
  histogram<L extends string = never>(
    options: MetricOptions<L> & { buckets?: readonly number[] },
    collect?: Collect<Histogram<L>>,
  ): Histogram<L> {
    const { buckets = DURATION_BUCKETS } = options;
    if (!areBounds(buckets))
      throw new MetricError(`the buckets of histogram "${options.name}" have to be finite and ascending: got ${show(buckets)}`);
    return this.#add('histogram', options, (onFold) => new Histogram({ ...options, buckets }, { onFold, collect }));
  }

  /**
   * Takes a metric of prom-client: `new prom.Counter({ …, registers: [metrics] })` ends here.
   * @throws MetricError where the name is taken.
   */
  registerMetric(metric: ForeignMetric): void {
    if (this.#instruments.has(metric.name)) throw new MetricError(`a metric named "${metric.name}" is registered already`);
    this.#instruments.set(metric.name, foreignInstrument(metric));
  }

  /** Every metric, in the order of its registration. */
  instruments(): readonly Instrument[] {
    return [...this.#instruments.values()];
  }

  /** The whole registry as text, 0.0.4 by default. See {@link scrapeInPieces}. */
  async scrape(format: ScrapeFormat = 'prometheus', onError?: (name: string, error: unknown) => void): Promise<string> {
    const pieces: string[] = [];
    for await (const piece of this.scrapeInPieces(format, onError)) pieces.push(piece);
    return pieces.join('');
  }

  /**
   * The whole registry, a stretch at a time, the event loop turning in between: ten thousand series must not keep requests
   * waiting, nor several scrapers at once. A metric that fails, or is not read within two seconds, is left out and the others
   * are not.
   */
  async *scrapeInPieces(
    format: ScrapeFormat = 'prometheus',
    onError: (name: string, error: unknown) => void = () => undefined,
  ): AsyncGenerator<string> {
    let text = '';
    await this.turn();
    let since = performance.now();
    for (const instrument of this.instruments()) {
      try {
        for (const piece of await instrument.write(format)) {
          text += piece;
          if (performance.now() - since < STRETCH_MS && text.length < PIECE_LENGTH) continue;
          yield text;
          text = '';
          await this.turn();
          since = performance.now();
        }
      } catch (error) {
        onError(instrument.name, error);
      }
    }
    yield format === 'openmetrics' ? `${text}# EOF\n` : text;
  }

  /** A turn of the event loop for a stretch of reading all this, one reader's after the other's. @internal */
  turn(): Promise<void> {
    return this.#turns.next();
  }

  /**
   * Bounds and caps by name, for the metrics that are there and those that are described later: what a service's options say
   * about metrics that others describe. What the last call said and this one does not is as it was described. Observations
   * stay: they move to the first new bucket that surely holds them. @throws MetricError for values that can't be
   */
  configure(config: MetricsConfig): void {
    const [problem] = metricsProblems(config);
    if (problem !== undefined) throw new MetricError(problem);
    this.#config = config;
    for (const instrument of this.#instruments.values()) this.#apply(instrument);
  }

  #apply(instrument: Instrument): void {
    const { buckets = {}, maxSeries } = this.#config;
    if (instrument instanceof Histogram) instrument.rebucket(of(buckets, instrument));
    if (!(instrument instanceof Labelled)) return;
    if (typeof maxSeries === 'object') instrument.limit(of(maxSeries, instrument), undefined);
    else instrument.limit(undefined, maxSeries);
  }

  #onFold(name: string): () => void {
    let series: CounterSeries | undefined;
    return () => (series ??= this.#folded.labels({ metric: name })).inc();
  }

  #add<I extends Instrument>(type: I['type'], options: MetricOptions<string>, create: (onFold: () => void) => I): I {
    const { name, labels = [], maxSeries } = options;
    checkNames(name, labels);
    if (maxSeries !== undefined && !isCount(maxSeries))
      throw new MetricError(`maxSeries of metric "${name}" has to be a whole number, at least 1: got ${show(maxSeries)}`);
    const found = this.#instruments.get(name);
    if (found === undefined) {
      const created = create(this.#onFold(name));
      this.#apply(created);
      this.#instruments.set(name, created);
      return created;
    }
    if (found.type !== type || found.labelNames.join() !== labels.join()) {
      throw new MetricError(
        `a metric named "${name}" is registered already, as a ${found.type} with the labels [${found.labelNames.join(', ')}], not as a ${type} with [${labels.join(', ')}]`,
      );
    }
    return found as I;
  }
}

function of<T>(values: Readonly<Record<string, T>>, { name }: Instrument): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined; // a metric may be called "constructor"
}

/** The registry of the process, shared by every copy of this package. */
export const metrics: Registry = shared('metrics', () => new Registry());
