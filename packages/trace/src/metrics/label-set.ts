/** The value that stands in every label of the one series into which a metric folds what exceeds its cap. */
export const OTHER = '_other';

/** Characters of a label value that count. Whoever puts a message into a label must not fill the scrape with it. */
const MAX_VALUE = 256;

interface Entry<C> {
  readonly values: readonly string[];
  readonly labels: string;
  readonly child: C;
}

/** By the value of one label: the same for the next label, or the entry after the last. */
type Branch<C> = Map<string, Branch<C> | Entry<C>>;

/**
 * The children of one metric by their label values, at most `cap` of them: whoever puts ids into a label gets one
 * `_other` series and a count of what was folded, instead of a process that dies of its metrics.
 */
export class LabelSets<C> {
  /** How many are kept apart. A lower one than there are leaves those that are there. */
  cap: number;
  readonly #names: readonly string[];
  readonly #create: () => C;
  readonly #onFold: () => void;
  // A map per label: no key is put together for a look-up, so that it costs the same among ten series and among thousands.
  #root: Branch<C> = new Map();
  #entries: Entry<C>[] = [];
  #other: Entry<C> | undefined;

  constructor(names: readonly string[], cap: number, create: () => C, onFold: () => void) {
    this.#names = names;
    this.cap = cap;
    this.#create = create;
    this.#onFold = onFold;
  }

  /** The child for these values, in the order of the names, of which there is one at least. A hot path keeps what it got. */
  get(values: readonly string[]): C {
    return (this.#find(values) ?? this.#admit(values.map(fit))).child;
  }

  /** Each child with its labels in text form, without braces: `route="/",method="GET"`. */
  *entries(): IterableIterator<[labels: string, child: C]> {
    for (const { labels, child } of this.#all()) yield [labels, child];
  }

  /** Each child with the values of its labels. */
  *values(): IterableIterator<[values: readonly string[], child: C]> {
    for (const { values, child } of this.#all()) yield [values, child];
  }

  /** Forgets all. A scrape that is going on writes to its end what was there. */
  clear(): void {
    this.#root = new Map();
    this.#entries = [];
    this.#other = undefined;
  }

  *#all(): IterableIterator<Entry<C>> {
    yield* this.#entries;
    if (this.#other !== undefined) yield this.#other;
  }

  #find(values: readonly string[]): Entry<C> | undefined {
    let found: Branch<C> | Entry<C> | undefined = this.#root;
    for (const value of values) {
      found = (found as Branch<C>).get(value);
      if (found === undefined) return undefined;
    }
    return found as Entry<C>;
  }

  #admit(values: readonly string[]): Entry<C> {
    const found = this.#find(values);
    if (found !== undefined) return found;
    // Who calls a series so means the one that is called so; two of them would be one series, written twice.
    if (values.every((value) => value === OTHER)) return this.#rest();
    if (this.#entries.length >= this.cap) {
      this.#onFold();
      return this.#rest();
    }
    const entry = this.#entry(values);
    let branch = this.#root;
    for (const value of values.slice(0, -1)) {
      let next = branch.get(value) as Branch<C> | undefined;
      if (next === undefined) branch.set(value, (next = new Map()));
      branch = next;
    }
    branch.set(values.at(-1) as string, entry);
    this.#entries.push(entry);
    return entry;
  }

  #rest(): Entry<C> {
    this.#other ??= this.#entry(this.#names.map(() => OTHER));
    return this.#other;
  }

  #entry(values: readonly string[]): Entry<C> {
    return { values, labels: labelText(this.#names, values), child: this.#create() };
  }
}

/** Half a surrogate pair has no UTF-8: two values that differ only there would be written as the same series, twice. */
function fit(value: string): string {
  return value.length <= MAX_VALUE && value.isWellFormed() ? value : value.slice(0, MAX_VALUE).toWellFormed();
}

/** Labels in Prometheus text form, without braces; empty values are left out, as they mean "no such label". */
export function labelText(names: readonly string[], values: readonly string[]): string {
  const parts: string[] = [];
  names.forEach((name, i) => {
    const value = values[i] ?? '';
    if (value !== '') parts.push(`${name}="${escapeLabel(value)}"`);
  });
  return parts.join(',');
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}
