import { fileURLToPath } from 'node:url';
import { findMap, type MappedCode } from './find.ts';
import { type Lookup, type Segment, walk } from './mappings.ts';

/** A place in the code that runs. */
export interface CodePlace {
  /** URL or path of the code. */
  url: string;
  /** From 1. */
  line: number;
  /** From 0. Undefined: whatever is first on the line. */
  column: number | undefined;
  /** The name of the function that begins there, to be looked up too. */
  name?: string;
}

/** The same place in the source as it was written. */
export interface OriginalPlace {
  file: string;
  line: number;
  /** Where the map has another name for the function: code may be minified. */
  name?: string;
}

/** Files that are read at once. */
const AT_ONCE = 8;

type Asked = { place: CodePlace; key: string; at: Lookup; named: Lookup | undefined };

/** Between the name of a function and the place where it begins: `hot(`, `hot = async (`, `hot: function (`. */
const NAME_BEFORE = /([\w$]+)\s*(?:[=:]\s*)?(?:async\s*)?(?:function\s*\*?\s*)?$/;

/** Finds the places in the source of places in the code that runs. Files and maps are read once, where they are asked for. */
export class Originals {
  readonly #found = new Map<string, OriginalPlace>();

  /** Looks up all of them; {@link of} knows them afterwards. What has no map stays as it is. */
  async load(places: Iterable<CodePlace>, pause: () => Promise<void>): Promise<void> {
    const byUrl = new Map<string, Map<string, CodePlace>>();
    for (const place of places) {
      let list = byUrl.get(place.url);
      if (list === undefined) byUrl.set(place.url, (list = new Map()));
      list.set(keyOf(place), place);
    }
    const waiting = [...byUrl];
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const code = await findMap(next[0]);
        if (code !== undefined) await this.#loadFrom(code, next[1], pause);
      }
    };
    // Each step waits for a turn of the loop, and a loop that is worth a profile turns slowly: several files at once.
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  /** The place in the source, or the given one under the path of its file. */
  of(place: CodePlace): OriginalPlace {
    return this.#found.get(keyOf(place)) ?? { file: pathOf(place.url), line: place.line };
  }

  async #loadFrom(code: MappedCode, places: ReadonlyMap<string, CodePlace>, pause: () => Promise<void>): Promise<void> {
    const asked: Asked[] = [...places].map(([key, place]) => ({
      place,
      key,
      at: { line: place.line, column: place.column },
      named: nameBefore(place, code.lines),
    }));
    try {
      const lookups = asked.flatMap(({ at, named }) => (named === undefined ? [at] : [at, named]));
      await walk(code.map.mappings, lookups, pause);
    } catch {
      return; // a broken map: what was found before it broke is no more to be trusted than the rest
    }
    for (const { key, at, named } of asked) {
      const file = at.found && sourceOf(code, at.found);
      if (file === undefined) continue;
      const name = named?.found?.generatedColumn === named?.column ? nameOf(code, named?.found) : undefined;
      this.#found.set(key, { file, line: (at.found as Segment).line, ...(name !== undefined && { name }) });
    }
  }
}

/** The name of a function stands before it: a map has the other name there, if it has one. */
function nameBefore({ line, column, name }: CodePlace, lines: readonly string[] | undefined): Lookup | undefined {
  const text = lines?.[line - 1];
  if (text === undefined || column === undefined || name === undefined) return undefined;
  const match = NAME_BEFORE.exec(text.slice(Math.max(0, column - 200), column));
  if (match === null || match[1] !== name.slice(name.lastIndexOf('.') + 1)) return undefined;
  return { line, column: Math.max(0, column - 200) + match.index };
}

function nameOf({ map }: MappedCode, segment: Segment | undefined): string | undefined {
  return segment?.name === undefined ? undefined : map.names?.[segment.name];
}

function sourceOf({ map, base }: MappedCode, { source }: Segment): string | undefined {
  const name = map.sources[source];
  if (typeof name !== 'string') return undefined;
  const root = map.sourceRoot === undefined || map.sourceRoot === '' ? '' : map.sourceRoot.replace(/\/?$/, '/');
  try {
    return pathOf(new URL(`${root}${name}`, base).href);
  } catch {
    return name;
  }
}

function pathOf(url: string): string {
  if (!url.startsWith('file:')) return url;
  try {
    return fileURLToPath(url);
  } catch {
    return url; // of another host, or with a slash that is none
  }
}

function keyOf({ url, line, column, name }: CodePlace): string {
  return `${url}\0${line}\0${column ?? ''}\0${name ?? ''}`;
}
