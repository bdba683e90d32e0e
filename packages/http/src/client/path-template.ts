import { encodeText } from './encode-text.ts';
import type { ParamValue } from './request-options.ts';

/** A path, taken apart at its params: `parts` are what stands around them, one more than there are `names`. */
export interface PathTemplate {
  readonly parts: readonly string[];
  readonly names: readonly string[];
}

const PARAM = /^:[A-Za-z_][A-Za-z0-9_]*$/;
const FORBIDDEN = /[\u0000-\u0020\u007f\\]/;
// Some servers take what follows a semicolon for a parameter of the segment, and resolve the dots before it.
const DOTS = /^(?:\.|%2e){1,2}(?:;.*)?$/i;
const MALFORMED_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const BEYOND_ASCII = /[^\u0021-\u007e]+/g;

/** Takes a path apart. What servers would resolve, or clients take for another host, is refused. What is wrong goes to `problems`. */
export function compilePath(path: string, problems: string[]): PathTemplate {
  if (FORBIDDEN.test(path)) problems.push('the path has a space, a control character or a backslash: values belong in params or query');
  if (MALFORMED_ESCAPE.test(path)) problems.push('the path has a "%" that begins no escape: values belong in params or query');
  if (path.startsWith('//')) problems.push('the path begins with "//", which many read as another host');
  const parts: string[] = [];
  const names: string[] = [];
  let part = '';
  path.split('/').forEach((segment, index) => {
    if (index > 0) part += '/';
    if (DOTS.test(segment)) problems.push(`the path has the segment "${segment}", which leads to another path`);
    if (!segment.startsWith(':')) {
      part += segment.replace(BEYOND_ASCII, (text) => encodeText(text) ?? notText('the path', problems));
      return;
    }
    if (!PARAM.test(segment)) problems.push(`"${segment.slice(1)}" is no name for a param: [A-Za-z_][A-Za-z0-9_]*`);
    parts.push(part);
    names.push(segment.slice(1));
    part = '';
  });
  return { parts: [...parts, part], names };
}

/**
 * Fills the params of a path. A value is one whole segment whatever it holds, so nobody's `../admin` leads to another path.
 * What is wrong goes to `problems`.
 */
export function fillPath(
  { parts, names }: PathTemplate,
  params: Readonly<Record<string, ParamValue>> | undefined,
  problems: string[],
): string {
  let path = parts[0] as string;
  for (let i = 0; i < names.length; i++) path += encodeParam(names[i] as string, params, problems) + (parts[i + 1] as string);
  if (params === undefined) return path;
  for (const name of Object.keys(params)) {
    if (!names.includes(name)) problems.push(`the path has no param ":${name.slice(0, 80)}"`);
  }
  return path;
}

function encodeParam(name: string, params: Readonly<Record<string, unknown>> | undefined, problems: string[]): string {
  const value = params !== undefined && Object.hasOwn(params, name) ? params[name] : undefined;
  if (value === undefined) problems.push(`the param "${name}" has no value`);
  else if (typeof value !== 'string' && (typeof value !== 'number' || !Number.isFinite(value))) {
    problems.push(`the param "${name}" is neither a string nor a finite number`);
  } else if (value === '') problems.push(`the param "${name}" is empty: that would be another path`);
  // Servers and proxies resolve these however they are encoded (WHATWG URL, "double-dot URL path segment").
  else if (value === '.' || value === '..') problems.push(`the param "${name}" is "${value}": that would be another path`);
  else return encodeText(String(value)) ?? notText(`the param "${name}"`, problems);
  return '';
}

function notText(what: string, problems: string[]): string {
  problems.push(`${what} is no well-formed text: it has half of a surrogate pair`);
  return '';
}
