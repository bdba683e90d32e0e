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

/** The span in which a value was observed. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** An observation that leads to its trace. */
export interface Exemplar extends SpanIds {
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Observations in buckets. */
export class HistogramSeries {
  bounds: readonly number[];
  /** Observations per bucket, not cumulated; the last one is +Inf. */
  counts: number[];
  sum = 0;
  /** The latest of each bucket; undefined until the first. */
  exemplars: (Exemplar | undefined)[] | undefined;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
    this.exemplars = undefined;
  }

  /**
   * Counts `value` into its bucket.
   * @param span - The span in which it was observed, where one is recorded: it becomes the exemplar of its bucket.
   * @throws RangeError for NaN, which has no bucket and would make the sum NaN for ever.
   */
  observe(value: number, span?: SpanIds): void {
    const { bounds } = this;
    let i = 0;
    while (i < bounds.length && !(value <= (bounds[i] as number))) i++;
    if (i === bounds.length && Number.isNaN(value)) throw new RangeError('a histogram takes numbers: got NaN');
    (this.counts[i] as number)++;
    this.sum += value;
    if (span !== undefined) this.#keep(i, value, span);
  }

  /**
   * Goes on with other bounds. What was observed moves to the first new bucket that surely holds it, so that no observation
   * is lost and no bucket claims one that was above it.
   * @internal
   */
  rebucket(bounds: readonly number[]): void {
    const counts = new Array<number>(bounds.length + 1).fill(0);
    this.counts.forEach((count, i) => {
      const highest = this.bounds[i] ?? Number.POSITIVE_INFINITY;
      const at = bounds.findIndex((bound) => highest <= bound);
      (counts[at === -1 ? bounds.length : at] as number) += count;
    });
    this.bounds = bounds;
    this.counts = counts;
    this.exemplars = undefined;
  }

  #keep(bucket: number, value: number, { traceId, spanId }: SpanIds): void {
    this.exemplars ??= new Array<Exemplar | undefined>(this.counts.length).fill(undefined);
    this.exemplars[bucket] = { traceId, spanId, value, at: Date.now() };
  }
}
