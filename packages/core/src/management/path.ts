/**
 * Looks up paths that are known beforehand. Every request of the application comes by here first, so a path that is not
 * among them is told apart by two of its characters, and nothing is cut or hashed.
 */
export class PathTable<T> {
  readonly #byLetter: ({ path: string; third: number; value: T }[] | undefined)[] = new Array<undefined>(128).fill(undefined);
  readonly #shortest: number;

  constructor(entries: readonly (readonly [path: string, value: T])[]) {
    this.#shortest = Math.min(...entries.map(([path]) => path.length));
    for (const [path, value] of entries) (this.#byLetter[path.charCodeAt(1)] ??= []).push({ path, third: path.charCodeAt(2), value });
  }

  /** What stands at the path of a target, whatever its query; paths are compared to the letter. */
  find(target: string): T | undefined {
    if (target.length < this.#shortest) return undefined;
    const candidates = this.#byLetter[target.charCodeAt(1)];
    if (candidates === undefined) return undefined;
    const third = target.charCodeAt(2);
    for (const { path, third: expected, value } of candidates) {
      if (third === expected && target.startsWith(path) && (target.length === path.length || target.charCodeAt(path.length) === 63))
        return value;
    }
    return undefined;
  }
}
