import type { MetricType, ScrapeFormat } from './format.ts';
import { sample } from './format.ts';
import { LabelSets } from './label-set.ts';
import { reader } from './read.ts';
import { CounterSeries, GaugeSeries, HistogramSeries, type SpanIds } from './series.ts';
import { histogramWriter, writeSeries } from './write.ts';

/** What the registry keeps: a name, and how to write itself. */
export interface Instrument {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  /** Its lines, a stretch at a time: the event loop may turn between two of them. */
  write(format: ScrapeFormat): Iterable<string> | Promise<Iterable<string>>;
}

/** Label values by name; each declared label has to be there. */
export type Labels<L extends string> = Readonly<Record<L, string>>;

/** How a metric is described. */
export interface MetricOptions<L extends string = never> {
  /** Prometheus name with its unit: `orders_total`, `order_value_euros`, `job_duration_seconds`. */
  name: string;
  /** One sentence for whoever reads the scrape. */
  help: string;
  /** Label names. Values have to come from a bounded set; of each, 256 characters count. @default [] */
  labels?: readonly L[];
  /** Series kept apart; what comes after folds into one series whose labels are `_other`. @default 2000 */
  maxSeries?: number;
  /** What OTLP calls it and its labels, where the semantic conventions have names for them. @default the names here */
  otel?: OtelName;
}

/** The names of the semantic conventions for a metric. */
export interface OtelName {
  /** `http.server.request.duration` */
  readonly name: string;
  /** By UCUM: `s`, `By`, `{request}`. */
  readonly unit: string;
  /** The attributes that its labels are, in the order of the labels. */
  readonly attributes: readonly string[];
}

/** What brings in a value that is counted elsewhere, at each scrape. It may take its time, for two seconds. */
export type Collect<I> = (instrument: I) => void | Promise<void>;

/** Series that a metric keeps apart where nobody says how many. */
export const MAX_SERIES = 2000;

/** What an instrument is made with, besides its description. */
interface Origin<I> {
  readonly onFold: () => void;
  readonly collect?: Collect<I> | undefined;
}

/** A metric with its series. @internal */
export abstract class Labelled<L extends string, S> implements Instrument {
  abstract readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly otel: OtelName | undefined;
  /** Brings in what is counted elsewhere. @internal */
  readonly collect: () => void | Promise<void>;
  protected readonly sets: LabelSets<S>;
  readonly #maxSeries: number | undefined;
  readonly #create: () => S;
  #bare: S | undefined;

  constructor(options: MetricOptions<L>, { onFold, collect }: Origin<never>, create: () => S) {
    this.name = options.name;
    this.help = options.help;
    this.labelNames = options.labels ?? [];
    this.otel = options.otel;
    this.#maxSeries = options.maxSeries;
    this.#create = create;
    this.collect = collect === undefined ? () => undefined : reader(() => collect(this as never));
    this.sets = new LabelSets(this.labelNames, options.maxSeries ?? MAX_SERIES, create, onFold);
    // Without labels there is one series, and it is there from the start: a rate needs the zero.
    this.#bare = this.labelNames.length === 0 ? create() : undefined;
  }

  /** The series for these label values. Keep it where it is used often. @throws TypeError naming a label that is missing. */
  labels(labels: Labels<L>): S {
    if (this.#bare !== undefined) return this.#bare;
    return this.sets.get(
      this.labelNames.map((name) => {
        const value: string | undefined = labels[name];
        if (value === undefined) throw new TypeError(`metric ${this.name} needs a value for its label "${name}"`);
        return `${value}`; // JavaScript may well pass a number
      }),
    );
  }

  /** Every series with the values of its labels, as it is now. */
  series(): Iterable<readonly [values: readonly string[], series: S]> {
    return this.#bare === undefined ? this.sets.values() : [[[], this.#bare]];
  }

  /** The cap that a service's options give to this metric, or to all. @internal */
  limit(own: number | undefined, all: number | undefined): void {
    this.sets.cap = own ?? this.#maxSeries ?? all ?? MAX_SERIES;
  }

  /** Its lines; a promise of them where it has to be read from somewhere. */
  write(format: ScrapeFormat): Iterable<string> | Promise<Iterable<string>> {
    const write = (): Iterable<string> => {
      const entries = this.#bare === undefined ? this.sets.entries() : ([['', this.#bare]] as const);
      return writeSeries(this, format, entries, this.writer(format));
    };
    const collecting = this.collect();
    return collecting === undefined ? write() : collecting.then(write);
  }

  protected get bare(): S {
    if (this.#bare === undefined)
      throw new TypeError(`metric ${this.name} has the labels ${this.labelNames.join(', ')}: use labels({ … })`);
    return this.#bare;
  }

  protected forget(): void {
    if (this.#bare !== undefined) this.#bare = this.#create();
    this.sets.clear();
  }

  protected abstract writer(format: ScrapeFormat): (labels: string, series: S) => string;
}

/** A counter; its name ends in `_total`. */
export class Counter<L extends string = never> extends Labelled<L, CounterSeries> {
  readonly type = 'counter';
  constructor(options: MetricOptions<L>, origin: Origin<Counter<L>>) {
    super(options, origin, () => new CounterSeries());
  }
  /** Adds to the one series of a counter without labels. */
  inc(by = 1): void {
    this.bare.inc(by);
  }
  /** Raises the one series of a counter without labels to a total that is counted elsewhere. */
  advance(total: number): void {
    this.bare.advance(total);
  }
  protected writer(): (labels: string, series: CounterSeries) => string {
    return (labels, { value }) => sample(this.name, labels, value);
  }
}

/** A gauge, set by hand or read at the scrape. */
export class Gauge<L extends string = never> extends Labelled<L, GaugeSeries> {
  readonly type = 'gauge';
  constructor(options: MetricOptions<L>, origin: Origin<Gauge<L>>) {
    super(options, origin, () => new GaugeSeries());
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
  /** Forgets every series, for values that are read anew at each scrape and may be gone. Series that somebody keeps are no longer written. */
  clear(): void {
    this.forget();
  }
  protected writer(): (labels: string, series: GaugeSeries) => string {
    return (labels, { value }) => sample(this.name, labels, value);
  }
}

/** A histogram with cumulative buckets. */
export class Histogram<L extends string = never> extends Labelled<L, HistogramSeries> {
  readonly type = 'histogram';
  readonly #described: readonly number[];
  readonly #bounds: { now: readonly number[] };
  constructor(options: MetricOptions<L> & { buckets: readonly number[] }, origin: Origin<Histogram<L>>) {
    const bounds = { now: options.buckets };
    super(options, origin, () => new HistogramSeries(bounds.now));
    this.#described = options.buckets;
    this.#bounds = bounds;
  }
  /** The bounds in force: those that it was described with, or those of the service's options. */
  get buckets(): readonly number[] {
    return this.#bounds.now;
  }
  /** @param span - See {@link HistogramSeries.observe}. */
  observe(value: number, span?: SpanIds): void {
    this.bare.observe(value, span);
  }
  /** Bounds of the service's options; undefined: those that it was described with. @internal */
  rebucket(bounds: readonly number[] = this.#described): void {
    if (bounds.join() === this.buckets.join()) return;
    this.#bounds.now = bounds;
    for (const [, series] of this.series()) series.rebucket(bounds);
  }
  protected writer(format: ScrapeFormat): (labels: string, series: HistogramSeries) => string {
    return histogramWriter(this.name, format);
  }
}
