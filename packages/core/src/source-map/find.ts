import { open } from 'node:fs/promises';
import { findSourceMap } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Larger files and maps are left alone: reading them would hold up the loop for longer than their names are worth. */
const MAX_BYTES = 8 * 1024 * 1024;
const COMMENT = /^\/\/[#@] ?sourceMappingURL=(\S+)[ \t]*$/gm;
const INLINE = /^data:application\/json[^,]*?(;base64)?,/;

/** A source map, as far as it is used, and where it was found: its sources are relative to that. */
export interface SourceMap {
  mappings: string;
  sources: readonly (string | null)[];
  sourceRoot?: string;
  names?: readonly string[];
}

/** Code that was loaded from a file, with its source map. */
export interface MappedCode {
  map: SourceMap;
  base: string;
  /** The code, by line. Undefined where Node has the map from a loader: what ran is not what is in the file. */
  lines: readonly string[] | undefined;
}

/** The map of the code that was loaded from a URL or path; undefined where there is none that can be used. */
export async function findMap(url: string): Promise<MappedCode | undefined> {
  const fileUrl = url.startsWith('/') ? pathToFileURL(url).href : url;
  if (!fileUrl.startsWith('file:')) return undefined;
  try {
    // Node has it where it runs with --enable-source-maps; of a loader that compiles on the fly nobody else does.
    const known = findSourceMap(fileURLToPath(fileUrl))?.payload;
    if (known !== undefined) return { map: check(known), base: fileUrl, lines: undefined };
    const code = await readSmall(fileUrl);
    const reference = [...code.matchAll(COMMENT)].at(-1)?.[1];
    if (reference === undefined) return undefined;
    const { text, base } = await readMap(reference, fileUrl);
    return { map: check(JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ''))), base, lines: code.split('\n') };
  } catch {
    return undefined; // a map that is missing or broken: the lines of the code that runs have to do
  }
}

async function readMap(reference: string, fileUrl: string): Promise<{ text: string; base: string }> {
  const inline = INLINE.exec(reference);
  if (inline === null) {
    const mapUrl = new URL(reference, fileUrl).href;
    return { text: await readSmall(mapUrl), base: mapUrl };
  }
  const data = reference.slice(inline[0].length);
  return { text: inline[1] === undefined ? decodeURIComponent(data) : Buffer.from(data, 'base64').toString('utf8'), base: fileUrl };
}

/** Never more than the limit, whatever the size says: a path may name a device. @throws where it is larger, or can't be read */
async function readSmall(url: string): Promise<string> {
  const file = await open(fileURLToPath(url), 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > MAX_BYTES) throw new Error(`${url} is no file of at most ${MAX_BYTES} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function check(parsed: unknown): SourceMap {
  const { mappings, sources } = (parsed ?? {}) as Partial<SourceMap>;
  if (typeof mappings !== 'string' || !Array.isArray(sources)) throw new Error('no source map, or one of sections');
  return parsed as SourceMap;
}
