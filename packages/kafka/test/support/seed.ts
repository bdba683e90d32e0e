/** Whether suites run with the figures of the promises, rather than with what a change can wait for. */
export const isFull = process.env['PATRON_FULL'] === '1';

/** The size that is asked for. */
export function sized<T>(size: { readonly ci: T; readonly full: T }): T {
  return isFull ? size.full : size.ci;
}

/** Chance that can be had again: `PATRON_SEED`, else another one each time. */
export class Chance {
  readonly seed: number;
  #state: number;

  constructor(seed = Number(process.env['PATRON_SEED'] ?? Math.floor(Math.random() * 2 ** 31))) {
    this.seed = seed;
    this.#state = seed;
  }

  /** At least 0, less than 1; by mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  of<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }
}

/** Prints what was seen, so that a green run can be read too. */
export function tell(what: string, { seed }: Chance, figures: object): void {
  process.stdout.write(`${what}: PATRON_SEED=${seed} ${JSON.stringify(figures)}\n`);
}
