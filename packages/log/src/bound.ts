import type { BoundFields } from './entry.ts';
import { copyFields } from './fields.ts';
import type { Fields } from './logger.ts';

/** Where a logger of this package, of whichever copy, keeps its {@link Bound}; anything without it is a user's own logger. */
export const BOUND: unique symbol = Symbol.for('patron.v1.bound') as never;

/**
 * The fields of one logger: a link to its parent's and its own. Making one costs a copy of the own fields and nothing
 * else; merging and serialising happen with the first line that is written, once.
 */
export class Bound implements BoundFields {
  readonly parent: Bound | undefined;
  readonly own: Fields;
  #values: Fields | undefined;
  #owner: object | undefined;
  #made: unknown;
  #inner: Bound | undefined;
  #around: Bound | undefined;

  constructor(parent: Bound | undefined, own: Fields) {
    this.parent = parent;
    this.own = own;
  }

  /** The fields of a sub-logger. */
  child(fields: Fields): Bound {
    return new Bound(this, copyFields(fields));
  }

  get values(): Fields {
    this.#values ??= this.parent === undefined ? this.own : { ...this.parent.values, ...this.own };
    return this.#values;
  }

  memo<T>(owner: object, make: (values: Fields) => T): T {
    if (this.#owner !== owner) {
      this.#made = make(this.values);
      this.#owner = owner;
    }
    return this.#made as T;
  }

  /** Whether these are the fields of `ancestor` or of a logger below it. */
  within(ancestor: Bound): boolean {
    for (let at: Bound | undefined = this; at !== undefined; at = at.parent) {
      if (at === ancestor) return true;
    }
    return false;
  }

  /** `inner`'s fields over these. The last answer is kept: a handler that writes one line through a logger writes more. */
  around(inner: Bound): Bound {
    if (this.#around === undefined || this.#inner !== inner) {
      this.#around = new Bound(this, inner.values);
      this.#inner = inner;
    }
    return this.#around;
  }
}

/** No fields: those of the logger that everything starts from. */
export const NO_FIELDS = new Bound(undefined, {});
