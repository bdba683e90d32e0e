import { type PathPolicy, withoutSlash } from './routing/path-policy.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
const HALF_A_PAIR = /\p{Surrogate}/u;

/** What is wrong with the path of a route. */
export function checkPath(path: unknown): string[] {
  if (typeof path !== 'string') return ['the path is not a string'];
  if (!path.startsWith('/')) return ['the path has to begin with "/"'];
  const names = new Set<string>();
  return path
    .slice(1)
    .split('/')
    .flatMap((segment, index, all) => checkSegment(segment, index === all.length - 1, names));
}

/** The paths that a route answers: two, where its last param is optional. */
export function formsOf(path: string): readonly string[] {
  const optional = /\/:[^/]*\?$/.exec(path);
  return optional === null ? [path] : [path.slice(0, optional.index) || '/', path.slice(0, -1)];
}

/** What is left of a path when nothing is looked at that does not tell paths apart: two routes of one shape answer the same requests. */
export function shapeOf(form: string, { trailingSlash, caseSensitive }: PathPolicy): string {
  return (trailingSlash === 'ignore' ? withoutSlash(form) : form)
    .split('/')
    .map((segment) => {
      if (segment.startsWith(':') || segment.startsWith('*')) return segment.charAt(0);
      return caseSensitive ? segment : encodeURI(segment).toLowerCase();
    })
    .join('/');
}

function checkSegment(segment: string, last: boolean, names: Set<string>): string[] {
  if (segment.startsWith(':')) {
    if (!segment.endsWith('?')) return checkName('param', segment.slice(1), names);
    if (!last) return [`the optional param "${segment}" has to be the last segment`];
    return checkName('param', segment.slice(1, -1), names);
  }
  if (segment.startsWith('*')) {
    if (!last) return [`the wildcard "${segment}" has to be the last segment`];
    return checkName('wildcard', segment.slice(1), names);
  }
  if (segment === '' && !last) return ['the path has an empty segment'];
  // URL parsers of clients resolve these: no request would ever ask for them.
  if (segment === '.' || segment === '..') return [`the path has the segment "${segment}", which clients resolve before they ask`];
  if (segment.includes(':')) return [`in "${segment}" a param is only a part: it has to be a whole segment`];
  if (segment.includes('*')) return [`in "${segment}" a wildcard is only a part: it has to be a whole segment`];
  if (/[?#]/.test(segment)) return ['the path has a query or a fragment: it is matched by the path alone'];
  if (segment.includes('%')) return ['the path is percent-encoded: write it as it reads decoded'];
  if (HALF_A_PAIR.test(segment)) return ['the path is no well-formed text: it has half of a surrogate pair'];
  return CONTROL.test(segment) ? ['the path has a control character'] : [];
}

function checkName(kind: 'param' | 'wildcard', name: string, names: Set<string>): string[] {
  if (name === '') return [`a ${kind} has no name`];
  if (!NAME.test(name) || name === '__proto__') return [`"${name}" is no name for a ${kind}: [A-Za-z_][A-Za-z0-9_]*`];
  if (names.has(name)) return [`the param "${name}" occurs twice`];
  names.add(name);
  return [];
}
