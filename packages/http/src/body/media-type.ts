/** What a Content-Type says. */
export interface MediaType {
  /** `application/json`, in lower case. */
  readonly type: string;
  /** The parameter `charset`, in lower case. */
  readonly charset: string | undefined;
}

const TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
const PARAMETER = /[ \t]*;[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([!#$%&'*+.^_`|~0-9A-Za-z-]+|"(?:[^"\\]|\\.)*"))?/y;

/**
 * Parses a Content-Type (RFC 9110 §8.3.1), once, for whoever has to know. Undefined for one that is malformed, that came
 * twice, or that has two charsets: readers that disagree on it are a way around a check.
 */
export function parseMediaType(header: string): MediaType | undefined {
  const type = TYPE.exec(header)?.[0];
  if (type === undefined) return undefined;
  let charset: string | undefined;
  const end = header.trimEnd().length;
  for (PARAMETER.lastIndex = type.length; PARAMETER.lastIndex < end; ) {
    const match = PARAMETER.exec(header);
    if (match === null) return undefined;
    if (match[1]?.toLowerCase() !== 'charset') continue;
    if (charset !== undefined) return undefined;
    charset = unquote(match[2] as string).toLowerCase();
  }
  return { type: type.toLowerCase(), charset };
}

/** Whether it is JSON: `application/json`, or a type with the suffix `+json` (RFC 6839 §3.1). */
export function isJson({ type }: MediaType): boolean {
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
}

/** Whether its text is in UTF-8, which is what we read; US-ASCII is a part of it. */
export function isUtf8Text({ charset }: MediaType): boolean {
  return charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
