/** The value that stands in every label of the one series into which a metric folds what exceeds its cap. */
export const OTHER = '_other';

/**
 * The children of one metric by their label values, at most `cap` of them: whoever puts ids into a label gets one
 * `_other` series and a count of what was folded, instead of a process that dies of its metrics.
 */
export class LabelSets<C> {
  readonly #children = new Map<string, { labels: string; child: C }>();
  readonly #names: readonly string[];
  readonly #cap: number;
  readonly #create: () => C;
  readonly #onFold: () => void;
  #other: C | undefined;

  constructor(names: readonly string[], cap: number, create: () => C, onFold: () => void) {
    this.#names = names;
    this.#cap = cap;
    this.#create = create;
    this.#onFold = onFold;
  }

  /** The child for these values, in the order of the names. A hot path keeps what it got. */
  get(values: readonly string[]): C {
    const key = values.length === 1 ? (values[0] as string) : JSON.stringify(values);
    const found = this.#children.get(key);
    if (found !== undefined) return found.child;
    if (this.#children.size >= this.#cap) {
      this.#onFold();
      this.#other ??= this.#create();
      return this.#other;
    }
    const child = this.#create();
    this.#children.set(key, { labels: labelText(this.#names, values), child });
    return child;
  }

  /** Each child with its labels in text form, without braces: `route="/",method="GET"`. */
  *entries(): IterableIterator<[labels: string, child: C]> {
    for (const { labels, child } of this.#children.values()) yield [labels, child];
    if (this.#other !== undefined) {
      yield [
        labelText(
          this.#names,
          this.#names.map(() => OTHER),
        ),
        this.#other,
      ];
    }
  }
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
