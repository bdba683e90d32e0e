import { shared } from '@patron/log';
import { MetricError } from '../errors.ts';
import { type ForeignMetric, foreignInstrument } from './foreign.ts';
import type { ScrapeFormat } from './format.ts';
import { Counter, Gauge, Histogram, type Instrument, type MetricOptions } from './instruments.ts';

/** Bucket bounds in seconds that the semantic conventions advise for request durations. */
export const DURATION_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

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

  constructor() {
    this.#folded = new Counter(
      {
        name: 'patron_metric_series_folded_total',
        help: 'Look-ups of a series beyond the cap of its metric, folded into the series whose labels are _other.',
        labels: ['metric'],
      },
      () => undefined,
    );
    this.#instruments.set(this.#folded.name, this.#folded);
  }

  /**
   * A counter; the one that exists where the same was described before. `collect` runs at each scrape, for a total that is
   * counted elsewhere. @throws MetricError
   */
  counter<L extends string = never>(options: MetricOptions<L>, collect?: (counter: Counter<L>) => void): Counter<L> {
    if (!options.name.endsWith('_total')) throw new MetricError(`the name of counter "${options.name}" has to end in _total`);
    return this.#add('counter', options, () => new Counter(options, this.#foldOf(options.name), collect));
  }

  /** A gauge; `collect` runs at each scrape, for a value that is read and not kept. @throws MetricError */
  gauge<L extends string = never>(options: MetricOptions<L>, collect?: (gauge: Gauge<L>) => void): Gauge<L> {
    return this.#add('gauge', options, () => new Gauge(options, this.#foldOf(options.name), collect));
  }

  /** A histogram. @throws MetricError */
  histogram<L extends string = never>(options: MetricOptions<L> & { buckets?: readonly number[] }): Histogram<L> {
    const buckets = options.buckets ?? DURATION_BUCKETS;
    const ascending = buckets.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (buckets[i - 1] as number)));
    if (buckets.length === 0 || !ascending) {
      throw new MetricError(`the buckets of histogram "${options.name}" have to be finite and ascending: got [${buckets.join(', ')}]`);
    }
    return this.#add('histogram', options, () => new Histogram({ ...options, buckets }, this.#foldOf(options.name)));
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

  /** The whole registry as text, 0.0.4 by default. A metric that fails is left out and the others are not. */
  async scrape(format: ScrapeFormat = 'prometheus', onError: (name: string, error: unknown) => void = () => undefined): Promise<string> {
    const parts: string[] = [];
    for (const instrument of this.#instruments.values()) {
      try {
        const text = instrument.write(format);
        parts.push(typeof text === 'string' ? text : await text);
      } catch (error) {
        onError(instrument.name, error);
      }
    }
    if (format === 'openmetrics') parts.push('# EOF\n');
    return parts.join('');
  }

  #foldOf(name: string): () => void {
    return () => this.#folded.labels({ metric: name }).inc();
  }

  #add<I extends Instrument>(type: I['type'], options: MetricOptions<string>, create: () => I): I {
    const { name, labels = [], maxSeries = 2000 } = options;
    if (!NAME.test(name)) throw new MetricError(`"${name}" is no metric name: [a-zA-Z_:][a-zA-Z0-9_:]*`);
    for (const label of labels) {
      if (!LABEL.test(label) || label.startsWith('__') || label === 'le')
        throw new MetricError(`"${label}" is no label name (metric ${name})`);
    }
    if (!(maxSeries >= 1)) throw new MetricError(`maxSeries of metric "${name}" has to be at least 1: got ${maxSeries}`);
    const found = this.#instruments.get(name);
    if (found === undefined) {
      const created = create();
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

/** The registry of the process, shared by every copy of this package. */
export const metrics: Registry = shared('metrics', () => new Registry());
