/** One element of `Accept`, or a media type: a range of one. */
export interface MediaRange {
  /** In lower case; `*` for any. */
  readonly type: string;
  /** In lower case; `*` for any. */
  readonly subtype: string;
  /** Names in lower case, without `q`. A charset of UTF-8 is left out: everything here is in it. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1. */
  readonly quality: number;
}

const TYPE = /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\/([!#$%&'*+.^_`|~0-9A-Za-z-]+)/;
const PARAMETER = /[ \t]*;[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([!#$%&'*+.^_`|~0-9A-Za-z-]+|"(?:[^"\\]|\\.)*"))?/y;
// Java's own client has sent `q=.2` for twenty years: what can only be meant in one way is taken.
const QUALITY = /^(?:0|0?\.\d{1,3}|0\.|1(?:\.0{0,3})?)$/;

/**
 * The ranges of an `Accept` (RFC 9110 §12.5.1). An element that is malformed is left out, as if it had not been sent: Java's
 * client sends `*; q=.2` among others that are fine.
 */
export function parseAccept(header: string): MediaRange[] {
  return splitList(header)
    .map(parseRange)
    .filter((range) => range !== undefined);
}

/** One range or media type; undefined where it is malformed. */
export function parseRange(text: string): MediaRange | undefined {
  const match = TYPE.exec(text);
  if (match === null || (match[1] === '*' && match[2] !== '*')) return undefined;
  const parameters = new Map<string, string>();
  let quality = 1;
  const end = text.trimEnd().length;
  for (PARAMETER.lastIndex = match[0].length; PARAMETER.lastIndex < end; ) {
    const parameter = PARAMETER.exec(text);
    if (parameter === null) return undefined;
    const name = parameter[1]?.toLowerCase();
    if (name === undefined) continue;
    const value = unquote(parameter[2] as string);
    if (name === 'q') {
      if (!QUALITY.test(value)) return undefined;
      quality = Number(value);
      break; // what follows the weight was an extension that nobody used (RFC 9110 §12.5.1): it says nothing of the type
    }
    if (name !== 'charset' || !/^utf-?8$/i.test(value)) parameters.set(name, value);
  }
  return { type: (match[1] as string).toLowerCase(), subtype: (match[2] as string).toLowerCase(), parameters, quality };
}

/** How closely a range names a media type, 0 for not at all: parameters, then the type, then `type` with any subtype. */
export function specificity(range: MediaRange, of: MediaRange): number {
  for (const [name, value] of range.parameters) {
    if (of.parameters.get(name)?.toLowerCase() !== value.toLowerCase()) return 0;
  }
  if (range.type === '*') return 1 + range.parameters.size;
  if (range.type !== of.type) return 0;
  if (range.subtype === '*') return 1000 + range.parameters.size;
  return range.subtype === of.subtype ? 1_000_000 + range.parameters.size : 0;
}

/** The elements of a list, split at commas that are in no quotes. By hand: a regular expression would go back and forth. */
function splitList(header: string): string[] {
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < header.length; i++) {
    const character = header.charCodeAt(i);
    if (character === 0x22) quoted = !quoted;
    else if (quoted && character === 0x5c) i++;
    else if (!quoted && character === 0x2c) {
      elements.push(header.slice(start, i));
      start = i + 1;
    }
  }
  elements.push(header.slice(start));
  return elements;
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
