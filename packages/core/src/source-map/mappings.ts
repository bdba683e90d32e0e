/** A place in generated code that is looked up in a source map. Found in place: profiles ask for thousands. */
export interface Lookup {
  /** From 1. */
  line: number;
  /** From 0. Undefined: whatever is first on the line. */
  column: number | undefined;
  found?: Segment;
}

/** One segment of a source map. Lines are from 1, columns from 0. */
export interface Segment {
  generatedColumn: number;
  source: number;
  line: number;
  /** Index of the name that stands there in the source. */
  name: number | undefined;
}

const CONTINUES = 32;
/** As much as is decoded in about a millisecond. */
const BETWEEN_PAUSES = 64 * 1024;
const COMMA = 44;
const SEMICOLON = 59;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digits = new Int8Array(128).fill(-1);
for (let digit = 0; digit < ALPHABET.length; digit++) digits[ALPHABET.charCodeAt(digit)] = digit;

/**
 * Walks through the `mappings` of a source map (ECMA-426) and notes, in each lookup, the last segment at or before its column
 * on its line; the first one, where it has no column or none is before it. Nothing is kept of the rest: the map of a bundle
 * has millions of segments. `pause` is awaited now and then, for the loop to turn.
 *
 * @throws Error where the text is no mappings.
 */
export async function walk(mappings: string, lookups: readonly Lookup[], pause: () => Promise<void>): Promise<void> {
  const byLine = new Map<number, Lookup[]>();
  for (const lookup of lookups) {
    const list = byLine.get(lookup.line);
    if (list === undefined) byLine.set(lookup.line, [lookup]);
    else list.push(lookup);
  }
  const last = Math.max(...byLine.keys());
  const fields = [0, 0, 0, 0, 0]; // generated column, source, line, column, name: each relative to the one before
  let line = 1;
  let here = byLine.get(1);
  let pauseAt = BETWEEN_PAUSES;
  let at = 0;
  while (at < mappings.length && line <= last) {
    const code = mappings.charCodeAt(at);
    if (code === SEMICOLON) {
      here = byLine.get(++line);
      fields[0] = 0;
      at++;
    } else if (code === COMMA) at++;
    else {
      let count = 0;
      while (at < mappings.length && mappings.charCodeAt(at) !== COMMA && mappings.charCodeAt(at) !== SEMICOLON) {
        let value = 0;
        let factor = 1;
        let digit: number;
        do {
          digit = digits[mappings.charCodeAt(at++)] ?? -1;
          if (digit < 0 || count > 4 || factor > 2 ** 40) throw new Error('a source map whose mappings can not be read');
          value += (digit & 31) * factor;
          factor *= 32;
        } while ((digit & CONTINUES) !== 0);
        fields[count] = (fields[count] as number) + (value % 2 === 1 ? -(value - 1) / 2 : value / 2);
        count++;
      }
      if (here !== undefined && count >= 4) note(here, fields as [number, number, number, number, number], count === 5);
    }
    if (at >= pauseAt) {
      pauseAt = at + BETWEEN_PAUSES;
      await pause();
    }
  }
}

function note(lookups: readonly Lookup[], [column, source, line, , name]: [number, number, number, number, number], named: boolean): void {
  for (const lookup of lookups) {
    if (lookup.found !== undefined && (lookup.column === undefined || column > lookup.column)) continue;
    lookup.found = { generatedColumn: column, source, line: line + 1, name: named ? name : undefined };
  }
}
