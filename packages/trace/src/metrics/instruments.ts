import { header, type MetricType, number, type ScrapeFormat, sample } from './format.ts';
import { LabelSets } from './label-set.ts';

/** What the registry keeps: a name, and how to write itself. */
export interface Instrument {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  write(format: ScrapeFormat): string | Promise<string>;
}

/** Label values by name; each declared label has to be there. */
export type Labels<L extends string> = Readonly<Record<L, string>>;

/** How a metric is described. */
export interface MetricOptions<L extends string = never> {
  /** Prometheus name with its unit: `orders_total`, `order_value_euros`, `job_duration_seconds`. */
  name: string;
  /** One sentence for whoever reads the scrape. */
  help: string;
  /** Label names. Values have to come from a bounded set. @default [] */
  labels?: readonly L[];
  /** Series kept apart; what comes after folds into one series whose labels are `_other`. @default 2000 */
  maxSeries?: number;
}

/** A sum that only grows. */
export class CounterSeries {
  value = 0;
  /** Adds `by`. @throws RangeError for a negative or NaN value. */
  inc(by = 1): void {
    if (!(by >= 0)) throw new RangeError(`a counter only grows: got ${by}`);
    this.value += by;
  }
  /** Raises it to a total that is counted elsewhere, by the system for instance; a smaller one is ignored. */
  advance(total: number): void {
    if (total > this.value) this.value = total;
  }
}

/** A value that goes up and down. */
export class GaugeSeries {
  value = 0;
  set(value: number): void {
    this.value = value;
  }
  inc(by = 1): void {
    this.value += by;
  }
  dec(by = 1): void {
    this.value -= by;
  }
}

/** Observations in buckets. */
export class HistogramSeries {
  readonly bounds: readonly number[];
  /** Observations per bucket, not cumulated; the last one is +Inf. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds } = this;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] as number)) i++;
    (this.counts[i] as number)++;
    this.sum += value;
  }
}

abstract class Labelled<L extends string, S> implements Instrument {
  abstract readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  protected readonly sets: LabelSets<S>;
  readonly #bare: S | undefined;

  constructor(options: MetricOptions<L>, create: () => S, onFold: () => void) {
    this.name = options.name;
    this.help = options.help;
    this.labelNames = options.labels ?? [];
    this.sets = new LabelSets(this.labelNames, options.maxSeries ?? 2000, create, onFold);
    // Without labels there is one series, and it is there from the start: a rate needs the zero.
    this.#bare = this.labelNames.length === 0 ? this.sets.get([]) : undefined;
  }

  /** The series for these label values. Keep it where it is used often. @throws TypeError naming a label that is missing. */
  labels(labels: Labels<L>): S {
    return this.sets.get(
      this.labelNames.map((name) => {
        const value: string | undefined = labels[name];
        if (value === undefined) throw new TypeError(`metric ${this.name} needs a value for its label "${name}"`);
        return `${value}`; // JavaScript may well pass a number
      }),
    );
  }

  protected get bare(): S {
    if (this.#bare === undefined)
      throw new TypeError(`metric ${this.name} has the labels ${this.labelNames.join(', ')}: use labels({ … })`);
    return this.#bare;
  }

  abstract write(format: ScrapeFormat): string;
}

/** A counter; its name ends in `_total`. */
export class Counter<L extends string = never> extends Labelled<L, CounterSeries> {
  readonly type = 'counter';
  readonly #collect: ((counter: Counter<L>) => void) | undefined;
  /** `collect` runs at each scrape, before the counter is written. */
  constructor(options: MetricOptions<L>, onFold: () => void, collect?: (counter: Counter<L>) => void) {
    super(options, () => new CounterSeries(), onFold);
    this.#collect = collect;
  }
  /** Adds to the one series of a counter without labels. */
  inc(by = 1): void {
    this.bare.inc(by);
  }
  /** Raises the one series of a counter without labels to a total that is counted elsewhere. */
  advance(total: number): void {
    this.bare.advance(total);
  }
  write(format: ScrapeFormat): string {
    this.#collect?.(this);
    let text = header(format, this.name, this.help, this.type);
    for (const [labels, series] of this.sets.entries()) text += sample(this.name, labels, series.value);
    return text;
  }
}

/** A gauge, set by hand or read at the scrape. */
export class Gauge<L extends string = never> extends Labelled<L, GaugeSeries> {
  readonly type = 'gauge';
  readonly #collect: ((gauge: Gauge<L>) => void) | undefined;
  /** `collect` runs at each scrape, before the gauge is written. */
  constructor(options: MetricOptions<L>, onFold: () => void, collect?: (gauge: Gauge<L>) => void) {
    super(options, () => new GaugeSeries(), onFold);
    this.#collect = collect;
  }
  set(value: number): void {
    this.bare.set(value);
  }
  inc(by = 1): void {
    this.bare.inc(by);
  }
  dec(by = 1): void {
    this.bare.dec(by);
  }
  write(format: ScrapeFormat): string {
    this.#collect?.(this);
    let text = header(format, this.name, this.help, this.type);
    for (const [labels, series] of this.sets.entries()) text += sample(this.name, labels, series.value);
    return text;
  }
}

/** A histogram with cumulative buckets. */
export class Histogram<L extends string = never> extends Labelled<L, HistogramSeries> {
  readonly type = 'histogram';
  constructor(options: MetricOptions<L> & { buckets: readonly number[] }, onFold: () => void) {
    super(options, () => new HistogramSeries(options.buckets), onFold);
  }
  observe(value: number): void {
    this.bare.observe(value);
  }
  write(format: ScrapeFormat): string {
    let text = header(format, this.name, this.help, this.type);
    for (const [labels, series] of this.sets.entries()) text += writeHistogram(this.name, labels, series, format);
    return text;
  }
}

function writeHistogram(name: string, labels: string, series: HistogramSeries, format: ScrapeFormat): string {
  const prefix = labels === '' ? '' : `${labels},`;
  let text = '';
  let count = 0;
  for (let i = 0; i < series.counts.length; i++) {
    count += series.counts[i] as number;
    const bound = series.bounds[i] ?? Number.POSITIVE_INFINITY;
    // OpenMetrics §"Considerations: Canonical Numbers" wants 1.0 where the older format's writers print 1.
    const le = format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : number(bound);
    text += `${name}_bucket{${prefix}le="${le}"} ${count}\n`;
  }
  return text + sample(`${name}_sum`, labels, series.sum) + sample(`${name}_count`, labels, count);
}
